package io.k8sfw.cli;

import io.k8sfw.kubernetes.Rbac;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `cluster`: what a live cluster needs, and keeps.
@Command(
    name = "cluster",
    description = "Prepare a live cluster for audits, and clean up after them.")
final class ClusterCommand extends Subcommand {
  @SuppressWarnings("NullAway.Init")
  @Spec
  CommandSpec spec;

  ClusterCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() {
    throw new Main.NoCommandException(spec.commandLine());
  }

  /// `cluster rbac`.
  @Command(
      name = "rbac",
      description = {
        "Print the namespace, the service account and the rights that an audit of a live cluster"
            + " needs, each with what it is for.",
        "For review, then: k8sfw-audit cluster rbac | kubectl apply -f -"
      })
  static final class RbacCommand extends Subcommand {
    @Option(
        names = "--namespace",
        paramLabel = "NAME",
        defaultValue = Rbac.NAMESPACE,
        description = "Where agents run. Default: ${DEFAULT-VALUE}.")
    String namespace = Rbac.NAMESPACE;

    RbacCommand(Streams streams) {
      super(streams);
    }

    @Override
    public Integer call() throws Refusal, IOException {
      if (!Rbac.isNamespace(namespace)) {
        throw Refusal.usage(
            "--namespace {}: is not the name of a namespace; write lower case letters, digits and"
                + " dashes, at most 63",
            namespace);
      }
      streams().out().print(Rbac.manifest(namespace));
      streams().requirePrinted();
      return ExitCodes.COMPLIANT;
    }
  }
}
