package io.k8sfw.inventory;

import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlValue;
import java.util.Optional;

/// Reads `{ssh: DESTINATION, java: /PATH, cache: /PATH}`.
///
/// A destination becomes a word of a command line, and `ssh` may hand it to a shell (ssh_config(5),
/// `%h` in `ProxyCommand`): only such characters as mean nothing to either, and no dash first.
final class SshAgentReader {
  private static final String USER = "([A-Za-z0-9_][A-Za-z0-9._+-]{0,63}@){0,2}";
  private static final String HOST = "[A-Za-z0-9_][A-Za-z0-9._-]{0,252}";
  private static final String IPV6 = "[0-9A-Fa-f:.]{2,45}";
  private static final String PORT = "(:[0-9]{1,5})?";
  private static final String DESTINATION =
      "%1$s(%2$s|%3$s)|ssh://%1$s(%2$s|\\[%3$s\\])%4$s".formatted(USER, HOST, IPV6, PORT);

  private SshAgentReader() {}

  static Optional<Agent> read(YamlValue value) {
    YamlFields fields = value.fields("ssh", "java", "cache");
    Optional<String> destination = fields.require("ssh").flatMap(SshAgentReader::destination);
    Optional<String> java = fields.get("java").flatMap(v -> path(v, "a Java program"));
    Optional<String> cache = fields.get("cache").flatMap(v -> path(v, "a directory"));
    return destination.map(d -> new Agent.Ssh(d, java, cache));
  }

  private static Optional<String> destination(YamlValue value) {
    Optional<String> text = value.text();
    if (text.isPresent() && !text.get().matches(DESTINATION)) {
      value.reject(
          YamlValue.quote(text.get())
              + " is not a destination of ssh; write HOST, USER@HOST or ssh://USER@HOST:PORT, of"
              + " letters, digits, dots, dashes and underscores");
      return Optional.empty();
    }
    return text;
  }

  private static Optional<String> path(YamlValue value, String what) {
    Optional<String> text = value.text();
    if (text.isPresent()
        && !text.get().matches("(/(?!\\.\\.?(/|$))[A-Za-z0-9._+-]{1,253}){1,15}")) {
      value.reject(
          YamlValue.quote(text.get())
              + " is not the path of "
              + what
              + "; write an absolute one, of letters, digits, dots, dashes, plus signs and"
              + " underscores");
      return Optional.empty();
    }
    return text;
  }
}
