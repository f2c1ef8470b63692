// kpt's commands for functions; the others are not used here.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/kptdev/kpt/commands/fn"
	"github.com/kptdev/kpt/pkg/lib/errors/resolver"
	"github.com/kptdev/kpt/pkg/printer"
	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
)

func main() {
	klog.InitFlags(nil)
	command := &cobra.Command{Use: "kpt", SilenceUsage: true, SilenceErrors: true}
	command.PersistentFlags().AddGoFlagSet(flag.CommandLine)
	command.PersistentFlags().BoolVar(&printer.TruncateOutput, "truncate-output", true, "")
	terminal := printer.WithContext(context.Background(), printer.New(os.Stdout, os.Stderr))
	command.AddCommand(fn.GetCommand(terminal, "kpt"))

	err := command.Execute()
	if err == nil {
		return
	}
	if known, ok := resolver.ResolveError(err); ok {
		fmt.Fprintln(os.Stderr, known.Message)
		os.Exit(known.ExitCode)
	}
	fmt.Fprintln(os.Stderr, "Error:", err)
	os.Exit(1)
}
