"""The target: constructors of its documents, and the small languages in their fields."""
