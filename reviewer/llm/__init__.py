"""The engine that asks a language model: one prompt per step, closed lists, strict answers."""
