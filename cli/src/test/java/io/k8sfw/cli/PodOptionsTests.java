package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodOptionsTests {
  @TempDir Path directory = Path.of("");
  private Path inventory = Path.of("");

  @BeforeEach
  void writeAnInventoryWithAPod() throws Exception {
    inventory =
        Files.writeString(
            directory.resolve("pods.yaml"),
            """
            inventory: pods
            nodes:
            - {name: worker-1, zones: [worker], addresses: [192.0.2.21], agent: pod}
            """);
  }

  @Test
  void aPodWithoutAClusterIsRefused() {
    Terminal terminal = run("--agent-image", "x");

    assertThat(terminal.err())
        .contains("the agent of worker-1 is a pod")
        .contains("--kubeconfig FILE, --context NAME or --in-cluster");
  }

  @Test
  void aPodWithoutAnImageIsRefused() {
    Terminal terminal = run("--context", "prod");

    assertThat(terminal.err()).contains("name its image by --agent-image IMAGE");
  }

  @Test
  void aPlanSaysWhatPodsMayDo() {
    assertThat(plan())
        .contains("Agents as pods: 1 in namespace k8sfw-audit, without any privilege");
    assertThat(plan("--pod-net-raw", "--pod-host-pid", "--namespace", "audits"))
        .contains("1 in namespace audits, as root with NET_RAW, and as root with SYS_PTRACE");
  }

  @Test
  void aCleanupOfNoClusterIsRefused() {
    Terminal terminal = new Terminal();

    assertThat(terminal.run("cluster", "cleanup")).isEqualTo(ExitCodes.USAGE);
    assertThat(terminal.err()).contains("which cluster?");
  }

  private Terminal run(String... more) {
    Terminal terminal = new Terminal();
    int code = terminal.run(words("run", more));
    assertThat(code).as(terminal.err()).isEqualTo(ExitCodes.USAGE);
    return terminal;
  }

  private String plan(String... more) {
    Terminal terminal = new Terminal();
    int code = terminal.run(words("plan", more));
    assertThat(code).as(terminal.err()).isZero();
    return terminal.out();
  }

  private String[] words(String command, String... more) {
    List<String> words =
        new ArrayList<>(List.of(command, "-m", "builtin:seed", "-i", inventory.toString()));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }
}
