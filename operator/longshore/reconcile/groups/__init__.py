"""ConcurrencyGroups: who claims places, who is on record, whose are free again."""
