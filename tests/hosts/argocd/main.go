// Both halves of Argo CD's config-management plugins, without a cluster.
//
//	argocd serve CONFIG_DIR       the cmp server of a sidecar, for CONFIG_DIR/plugin.yaml
//	argocd render APP REPO        what the repo-server makes of an Application
//	argocd parameters APP REPO    what the plugin announces for it
//
// ARGOCD_PLUGINSOCKFILEPATH is the directory of the socket, DEADLINE how long a request may
// take (60s unless set, as in Argo CD). What comes out is one JSON object a line.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/argoproj/argo-cd/v3/cmpserver"
	"github.com/argoproj/argo-cd/v3/cmpserver/plugin"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	"github.com/argoproj/argo-cd/v3/util/app/discovery"
	"github.com/argoproj/argo-cd/v3/util/cmp"
	"github.com/argoproj/argo-cd/v3/util/git"
	argoio "github.com/argoproj/argo-cd/v3/util/io"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

const revision = "0123456789abcdef0123456789abcdef01234567"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 2 && arguments[0] == "serve":
		return serve(arguments[1])
	case len(arguments) == 3 && arguments[0] == "render":
		return request(arguments[1], arguments[2], render)
	case len(arguments) == 3 && arguments[0] == "parameters":
		return request(arguments[1], arguments[2], parameters)
	}
	return fmt.Errorf("usage: argocd serve DIR | render APP REPO | parameters APP REPO")
}

func serve(directory string) error {
	config, err := plugin.ReadPluginConfig(directory)
	if err != nil {
		return err
	}
	server, err := cmpserver.NewServer(plugin.CMPServerInitConstants{PluginConfig: *config})
	if err != nil {
		return err
	}
	server.Run()
	return nil
}

type answer func(ctx context.Context, app *v1alpha1.Application, repo string) error

func request(file, repo string, answer answer) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	app := &v1alpha1.Application{}
	if err := yaml.Unmarshal(text, app); err != nil {
		return err
	}
	deadline := 60 * time.Second
	if given := os.Getenv("DEADLINE"); given != "" {
		if deadline, err = time.ParseDuration(given); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	return answer(ctx, app, repo)
}

func render(ctx context.Context, app *v1alpha1.Application, repo string) error {
	source := app.Spec.GetSource()
	rendered, err := repository.GenerateManifests(
		ctx, filepath.Join(repo, source.Path), repo, revision,
		&apiclient.ManifestRequest{
			Repo:              &v1alpha1.Repository{Repo: source.RepoURL},
			AppName:           app.Name,
			Namespace:         app.Spec.Destination.Namespace,
			ProjectName:       app.Spec.Project,
			ApplicationSource: &source,
			AppLabelKey:       "app.kubernetes.io/instance",
			TrackingMethod:    string(v1alpha1.TrackingMethodAnnotation),
			KubeVersion:       "1.34.0",
			ApiVersions:       []string{"v1", "apps/v1"},
		},
		true, git.NoopCredsStore{}, resource.MustParse("0"), argoio.NewRandomizedTempPaths(os.TempDir()))
	if err != nil {
		return err
	}
	for _, manifest := range rendered.Manifests {
		fmt.Println(manifest)
	}
	return nil
}

// parameters does what the repo-server does for the page of an Application.
func parameters(ctx context.Context, app *v1alpha1.Application, repo string) error {
	source := app.Spec.GetSource()
	path := filepath.Join(repo, source.Path)
	env, err := source.Plugin.Parameters.Environ()
	if err != nil {
		return err
	}
	env = append(env, "ARGOCD_APP_NAME="+app.Name, "ARGOCD_APP_SOURCE_PATH="+source.Path)
	connection, client, err := discovery.DetectConfigManagementPlugin(ctx, path, repo, source.Plugin.Name, env, nil)
	if err != nil {
		return err
	}
	defer argoio.Close(connection)
	stream, err := client.GetParametersAnnouncement(ctx)
	if err != nil {
		return err
	}
	if err := cmp.SendRepoStream(stream.Context(), path, repo, stream, env, nil); err != nil {
		return err
	}
	announced, err := stream.CloseAndRecv()
	if err != nil {
		return err
	}
	for _, one := range announced.ParameterAnnouncements {
		line, err := json.Marshal(one)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}
