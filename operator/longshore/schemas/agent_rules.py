"""Owns what the API server checks of an Agent: what could never run, and what is said twice."""

from longshore.schemas.rules import Rule, RuleBook

AGENT_RULES: RuleBook = {
    "": (
        Rule(
            "!has(self.spec) || !has(self.spec.extends) || self.spec.extends != self.metadata.name",
            "spec.extends names the Agent itself; name another, or remove it",
        ),
    ),
    "spec": (
        Rule(
            '!has(self.credentials) || self.credentials.all(c, c.__as__ != "Docker")'
            ' || self.credentials.exists_one(c, c.__as__ == "Docker")',
            "two credentials are for Docker, which reads one config; put all registries into one Secret",
            field=".credentials",
        ),
        Rule(
            '!has(self.tolerations) || self.tolerations.all(t, t.operator != "Exists" || !has(t.value))',
            "a toleration has operator Exists and a value; remove one",
            field=".tolerations",
        ),
        Rule(
            "!has(self.tolerations) || self.tolerations.all(t,"
            ' t.operator == "Exists" || has(t.key) && t.key != "")',
            "a toleration without a key bears every taint, and needs operator Exists; add one of the two",
            field=".tolerations",
        ),
        Rule(
            "!has(self.tolerations) || self.tolerations.all(t, !has(t.tolerationSeconds)"
            ' || has(t.effect) && t.effect == "NoExecute")',
            "a toleration has tolerationSeconds, which are for effect NoExecute; set that, or remove them",
            field=".tolerations",
        ),
    ),
    "spec.role": (Rule("!(has(self.prompt) && has(self.promptFrom))", "set prompt or promptFrom, not both"),),
}
