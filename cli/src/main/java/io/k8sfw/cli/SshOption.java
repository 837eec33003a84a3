package io.k8sfw.cli;

import io.k8sfw.probes.ssh.SshClient;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/// `--ssh-option`.
final class SshOption {
  private static final String HOST_KEYS = "stricthostkeychecking";
  private static final List<String> WEAK = List.of("no", "off");

  @Option(
      names = "--ssh-option",
      paramLabel = "NAME=VALUE",
      description =
          "For every agent over ssh: an option of ssh_config(5), as by ssh -o. May be given several"
              + " times.")
  List<String> options = List.of();

  /// @throws Refusal where an option is none, or would let anybody pose as a node
  SshClient client() throws Refusal {
    List<String> wrong =
        options.stream()
            .flatMap(option ->
                wrong(option).map(why -> Visible.line("--ssh-option {}: {}", option, why)).stream())
            .toList();
    if (!wrong.isEmpty()) {
      throw Refusal.input(wrong);
    }
    return SshClient.with(options);
  }

  private static Optional<String> wrong(String option) {
    if (!option.matches("[A-Za-z][A-Za-z0-9]*[= ]\\P{Cntrl}+")) {
      return Optional.of("is no option of ssh; write NAME=VALUE, such as Port=2222");
    }
    String[] words = option.toLowerCase(Locale.ROOT).split("[= \"]+", 3);
    return words[0].equals(HOST_KEYS) && WEAK.contains(words[1])
        ? Optional.of("would let any machine pose as a node; host keys are always checked")
        : Optional.empty();
  }
}
