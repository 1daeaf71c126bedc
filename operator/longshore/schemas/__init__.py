"""Makes the CRDs and their reference from the models of the contract. The operator must not import it."""
