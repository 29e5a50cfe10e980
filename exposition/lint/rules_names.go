package lint

// Rules about the names, the help and the type of a family.
var (
	ruleCounterWithoutTotal = &Rule{
		ID: "counter-without-total", Severity: Warning,
		Summary:     "A counter whose name does not end in `_total`.",
		Explanation: "OpenMetrics shows it with `_total` all the same, so its name depends on which format a scraper asks for.",
		Fix:         "Add `_total` to the name.",
	}
	ruleTotalWithoutCounter = &Rule{
		ID: "total-without-counter", Severity: Warning,
		Summary:     "A name that ends in `_total` and is not a counter's.",
		Explanation: "Readers take it for a counter and apply `rate()` to something that also goes down.",
		Fix:         "Declare it as a counter if it only goes up, else leave `_total` out.",
	}
	ruleReservedSuffix = &Rule{
		ID: "reserved-suffix", Severity: Warning,
		Summary:     "A name that ends in `_count`, `_sum`, `_bucket`, `_gcount`, `_gsum`, `_created` or `_info`, as only parts of other types do.",
		Explanation: "It reads as a part of a histogram, a summary or an info, and clashes with one that has the rest of the name.",
		Fix:         "Choose another last word.",
	}
	ruleTypeInName = &Rule{
		ID: "type-in-name", Severity: Warning,
		Summary:     "A name that ends in `counter`, `gauge`, `gaugehistogram`, `histogram`, `stateset` or `summary`, or has the family's own type in it.",
		Explanation: "The type is declared beside the name, and a name that has it becomes a lie when the type changes.",
		Fix:         "Leave the word out.",
	}
	ruleMetricNameNotLegacy = &Rule{
		ID: "metric-name-not-legacy", Severity: Info,
		Summary:     "A metric name that older readers cannot take: anything but letters, digits, `_` and `:`, or a digit at the start.",
		Explanation: "Queries have to quote it, and readers from before Prometheus 3 see another name or refuse the page.",
		Fix:         "Use lower-case letters, digits and underscores only.",
	}
	ruleMetricNameCase = &Rule{
		ID: "metric-name-case", Severity: Warning,
		Summary:     "A metric name that is not in snake_case: with capitals, or with an underscore at an end or doubled.",
		Explanation: "Whoever writes a query has to look up how this one name is spelt.",
		Fix:         "Write lower-case words with one underscore between them.",
	}
	ruleMetricNameColon = &Rule{
		ID: "metric-name-colon", Severity: Warning,
		Summary:     "A metric name with a colon in it.",
		Explanation: "Colons tell the results of recording rules from what a program exposes itself.",
		Fix:         "Use an underscore; keep the colon only where a server passes on the results of its rules.",
	}
	ruleHelpMissing = &Rule{
		ID: "help-missing", Severity: Warning,
		Summary:     "A family without help.",
		Explanation: "The help is what people see when they search for a metric, and often all the documentation there is.",
		Fix:         "Say in one sentence what is measured.",
	}
	ruleHelpIsName = &Rule{
		ID: "help-is-name", Severity: Info,
		Summary:     "A help that only repeats the name.",
		Explanation: "It tells nobody what is measured.",
		Fix:         "Say in one sentence what is measured.",
	}
	ruleTypeUnknown = &Rule{
		ID: "type-unknown", Severity: Warning,
		Summary:     "A family of unknown type, which the text format calls untyped.",
		Explanation: "Neither people nor tools can tell whether `rate()` makes sense, and nothing can be checked.",
		Fix:         "Declare the type.",
	}
)

var nameRules = []*Rule{
	ruleCounterWithoutTotal, ruleTotalWithoutCounter, ruleReservedSuffix, ruleTypeInName, ruleMetricNameNotLegacy,
	ruleMetricNameCase, ruleMetricNameColon, ruleHelpMissing, ruleHelpIsName, ruleTypeUnknown,
}

// Rules about units.
var (
	ruleUnitUndeclared = &Rule{
		ID: "unit-undeclared", Severity: Info,
		Summary:     "A name that ends in a unit, such as `_seconds`, in a family that declares none.",
		Explanation: "Tools that show values with their units take the unit from its declaration, not from the name.",
		Fix:         "Declare the unit that the name ends in.",
	}
	ruleUnitNotBase = &Rule{
		ID: "unit-not-base", Severity: Warning,
		Summary:     "A name that ends in a unit other than the base unit, such as `_milliseconds`, `_kilobytes` or `_percent`.",
		Explanation: "Base units (seconds, bytes, ratios from 0 to 1) let any two metrics be compared and shown without a conversion.",
		Fix:         "Convert the values to the base unit and name that.",
	}
	ruleUnitAbbreviated = &Rule{
		ID: "unit-abbreviated", Severity: Warning,
		Summary:     "A name that ends in an abbreviated unit, such as `_ms`, `_sec` or `_kb`.",
		Explanation: "Abbreviations are read in different ways, and searching for the unit does not find them.",
		Fix:         "Write the base unit out, and convert the values to it.",
	}
	ruleUnitNotLast = &Rule{
		ID: "unit-not-last", Severity: Info,
		Summary:     "A name with a unit in it that is not its last word (before `_total`).",
		Explanation: "The unit is looked for at the end of the name, and only there it can be declared.",
		Fix:         "Move the unit to the end.",
	}
	ruleUnitMismatch = &Rule{
		ID: "unit-mismatch", Severity: Error,
		Summary:     "A declared unit that the name does not end in, or that stands on an info or a state set.",
		Explanation: "OpenMetrics 1.0 allows neither, and its readers refuse the whole page.",
		Fix:         "Let the name end in an underscore and the unit, or declare no unit.",
	}
	ruleUnitMixed = &Rule{
		ID: "unit-mixed", Severity: Warning,
		Summary:     "Families that have the same name but for the unit, such as `job_seconds` and `job_milliseconds`.",
		Explanation: "Whoever finds one does not know of the other, and adding them up gives nonsense.",
		Fix:         "Keep the one in the base unit.",
	}
)

var unitRules = []*Rule{
	ruleUnitUndeclared, ruleUnitNotBase, ruleUnitAbbreviated, ruleUnitNotLast, ruleUnitMismatch, ruleUnitMixed,
}
