"""The engine that needs no key, no network and no warm-up: a linear classifier, patterns, the policy, and phrases."""
