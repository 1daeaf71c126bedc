"""The programs that Longshore runs inside a step's pod, beside the user's container.

Owns what happens in the pod before the step starts and when it has ended. Must not know Kubernetes' API or the
operator: what to do comes in environment variables and mounted files, what came of it goes out in the termination
message.
"""
