package metric

// ForgetLegacySwitch makes the next use read the environment again.
func ForgetLegacySwitch() { legacySwitch.Store(switchUnread) }
