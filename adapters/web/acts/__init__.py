"""The pages of acts: what a person decides, checked once, signed once, and told by a banner that stays."""
