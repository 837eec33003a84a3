package io.k8sfw.inventory;

import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlValue;
import java.util.Optional;

/// Reads how probes get to a vantage point: `local`, `{netns: NAME}` or `{ssh: HOST}`.
final class AgentReader {
  /// Where `ip netns` keeps the namespaces that it names (ip-netns(8)).
  private static final String NAMED = "/run/netns/";

  private static final String ACCEPTED =
      "; this version accepts local, {netns: NAME}, {netns: /PATH} and {ssh: HOST}";

  private AgentReader() {}

  static Optional<Agent> read(YamlValue value) {
    if (!value.isMapping()) {
      return local(value);
    }
    return value.entries().containsKey("ssh") ? SshAgentReader.read(value) : netns(value);
  }

  private static Optional<Agent> local(YamlValue value) {
    Optional<String> text = value.text();
    if (text.isPresent() && !text.get().equals("local")) {
      value.reject(YamlValue.quote(text.get()) + " is not an agent" + ACCEPTED);
      return Optional.empty();
    }
    return text.map(_ -> new Agent.Local());
  }

  private static Optional<Agent> netns(YamlValue value) {
    for (String later : new String[] {"command"}) {
      if (value.entries().containsKey(later)) {
        value.reject("agents over " + later + " cannot be used yet" + ACCEPTED);
        return Optional.empty();
      }
    }
    YamlFields fields = value.fields("netns");
    return fields.require("netns").flatMap(AgentReader::path).map(Agent.Netns::new);
  }

  /// Only such characters as need no care anywhere, and no way out of the directory.
  private static Optional<String> path(YamlValue value) {
    Optional<String> text = value.text();
    if (text.isEmpty()) {
      return text;
    }
    String netns = text.get();
    boolean isName = netns.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,252}");
    boolean isPath = netns.matches("(/[A-Za-z0-9_][A-Za-z0-9._-]{0,252}){1,15}");
    if (!isName && !isPath) {
      value.reject(
          YamlValue.quote(netns)
              + " is not a network namespace; write its name or the absolute path of its file, of"
              + " letters, digits, dots, dashes and underscores");
      return Optional.empty();
    }
    return Optional.of(isPath ? netns : NAMED + netns);
  }
}
