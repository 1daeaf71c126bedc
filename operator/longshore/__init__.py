"""Longshore: workflows, jobs and coding agents as pods."""
