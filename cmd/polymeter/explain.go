package main

import "github.com/spf13/cobra"

// addExplaining adds the commands that are about others, help and completion, so
// that a mistake in their arguments is a wrong command line as it is in those of
// all commands. Left to itself, cobra takes it for a wish for help that was
// granted.
func addExplaining(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = knownCommand
			cmd.Example = "  polymeter help merge"
		case "completion":
			cmd.Args = cobra.ArbitraryArgs
			cmd.RunE = withoutCommand
			cmd.Example = "  polymeter completion bash > /etc/bash_completion.d/polymeter"
			for _, shell := range cmd.Commands() {
				shell.Args = noArguments
			}
		}
	}
}

// knownCommand refuses arguments that do not lead to a command.
func knownCommand(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err != nil {
		return usageError{err}
	}
	if len(rest) > 0 {
		return withoutCommand(found, rest)
	}
	return nil
}
