// The API server of Kubernetes and the etcd that it stores in, as one process without a cluster.
//
//	apiserver DIR
//
// DIR, which must be empty and of a short name, gets etcd's data and socket, the server's keys,
// and the file kubeconfig, by which kubectl is an administrator. The server listens on a free
// port of the loopback address. It ends with its standard input, so it outlives nobody.
// Nothing else of a cluster is there: pods do not start, and what is deleted is not tidied up.
package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/util/keyutil"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

const kubeconfig = `apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: here}}]
clusters: [{name: here, cluster: {server: "https://%s", insecure-skip-tls-verify: true}}]
users: [{name: here, user: {token: here}}]
`

func main() {
	if len(os.Args) != 2 {
		end(fmt.Errorf("usage: apiserver DIR"))
	}
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		end(err)
	}()
	end(run(os.Args[1]))
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(directory string) error {
	storage, err := etcd(directory)
	if err != nil {
		return err
	}
	defer storage.Close()
	server, err := configured(directory)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server.SecureServing.Listener = listener
	server.SecureServing.BindPort = listener.Addr().(*net.TCPAddr).Port
	if err := write(directory, "kubeconfig", fmt.Appendf(nil, kubeconfig, listener.Addr())); err != nil {
		return err
	}
	ctx := genericapiserver.SetupSignalContext()
	completed, err := server.Complete(ctx)
	if err != nil {
		return err
	}
	if errs := completed.Validate(); len(errs) != 0 {
		return utilerrors.NewAggregate(errs)
	}
	return app.Run(ctx, completed)
}

// write makes a file that is whole as soon as it is there.
func write(directory, name string, content []byte) error {
	file := filepath.Join(directory, name)
	if err := os.WriteFile(file+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func etcd(directory string) (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Dir = filepath.Join(directory, "etcd")
	config.ListenClientUrls = []url.URL{{Scheme: "unix", Path: filepath.Join(directory, "client")}}
	config.ListenPeerUrls = []url.URL{{Scheme: "unix", Path: filepath.Join(directory, "peer")}}
	config.UnsafeNoFsync = true
	config.LogLevel = "error"
	started, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	<-started.Server.ReadyNotify()
	return started, nil
}

func configured(directory string) (*options.ServerRunOptions, error) {
	key, err := keyutil.MakeEllipticPrivateKeyPEM()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"key": key, "tokens": []byte("here,admin,admin,system:masters\n")}
	for name, content := range files {
		if err := write(directory, name, content); err != nil {
			return nil, err
		}
	}
	server := options.NewServerRunOptions()
	flags := pflag.NewFlagSet("apiserver", pflag.ContinueOnError)
	for _, set := range server.Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	return server, flags.Parse([]string{
		"--etcd-servers=unix://" + filepath.Join(directory, "client"),
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--cert-dir=" + filepath.Join(directory, "certificates"),
		"--token-auth-file=" + filepath.Join(directory, "tokens"),
		"--service-account-issuer=https://127.0.0.1",
		"--service-account-signing-key-file=" + filepath.Join(directory, "key"),
		"--service-account-key-file=" + filepath.Join(directory, "key"),
		"--service-cluster-ip-range=10.0.0.0/16",
		"--authorization-mode=AlwaysAllow",
		"--disable-admission-plugins=ServiceAccount",
		"--endpoint-reconciler-type=none",
	})
}
