package io.k8sfw.inventory;

import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlValue;
import io.k8sfw.model.Untrusted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads how probes get to a vantage point: `local`, `offline`, `pod`, `{pod: NODE}`, `{netns:
/// NAME}`, `{command: [WORD, …]}` or `{ssh: HOST}`.
final class AgentReader {
  /// Where `ip netns` keeps the namespaces that it names (ip-netns(8)).
  private static final String NAMED = "/run/netns/";

  private static final String ACCEPTED =
      "; accepted: local, offline, pod, {pod: NODE}, {netns: NAME}, {netns: /PATH}, {command: [WORD,"
          + " ...]} and {ssh: HOST}";

  private static final int MOST_WORDS = 64;
  private static final int LONGEST_WORD = 1024;

  private AgentReader() {}

  static Optional<Agent> read(YamlValue value) {
    if (!value.isMapping()) {
      return word(value);
    }
    if (value.entries().containsKey("command")) {
      return command(value);
    }
    if (value.entries().containsKey("pod")) {
      return pod(value);
    }
    return value.entries().containsKey("ssh") ? SshAgentReader.read(value) : netns(value);
  }

  private static Optional<Agent> word(YamlValue value) {
    Optional<String> text = value.text();
    return switch (text.orElse("")) {
      case "local" -> Optional.of(new Agent.Local());
      case "offline" -> Optional.of(new Agent.Offline());
      case "pod" -> Optional.of(new Agent.Pod(Optional.empty()));
      default -> {
        text.ifPresent(t -> value.reject(YamlValue.quote(t) + " is not an agent" + ACCEPTED));
        yield Optional.empty();
      }
    };
  }

  /// Named as Kubernetes names nodes: a DNS subdomain (RFC 1123 section 2.1).
  private static Optional<Agent> pod(YamlValue value) {
    Optional<String> node = value.fields("pod").require("pod").flatMap(YamlValue::text);
    if (node.isPresent() && !node.get().matches("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")) {
      value.reject(
          YamlValue.quote(node.get())
              + " is not the name of a node; write lower case letters, digits, dots and dashes, at"
              + " most 253");
      return Optional.empty();
    }
    return node.map(n -> new Agent.Pod(Optional.of(n)));
  }

  private static Optional<Agent> netns(YamlValue value) {
    YamlFields fields = value.fields("netns");
    return fields.require("netns").flatMap(AgentReader::path).map(Agent.Netns::new);
  }

  private static Optional<Agent> command(YamlValue value) {
    YamlFields fields = value.fields("command", "run");
    Optional<List<String>> words = fields.require("command").flatMap(AgentReader::words);
    Optional<YamlValue> run = fields.get("run");
    Optional<List<String>> runWords =
        run.isEmpty() ? Optional.of(List.of()) : run.flatMap(AgentReader::words);
    return words.flatMap(w -> runWords.map(r -> new Agent.Command(w, r)));
  }

  /// A program and its arguments, a word each: no shell splits or expands them.
  private static Optional<List<String>> words(YamlValue value) {
    if (!value.isSequence()) {
      value
          .text()
          .ifPresent(
              _ -> value.reject("is one word; write a list, a word each: [ip, netns, exec, ext]"));
      return Optional.empty();
    }
    List<YamlValue> items = value.items();
    if (items.isEmpty() || items.size() > MOST_WORDS) {
      value.reject("has " + items.size() + " words; write 1 to " + MOST_WORDS);
      return Optional.empty();
    }
    List<String> words = new ArrayList<>();
    for (YamlValue item : items) {
      item.text().filter(word -> isWord(item, word)).ifPresent(words::add);
    }
    return words.size() == items.size() ? Optional.of(words) : Optional.empty();
  }

  private static boolean isWord(YamlValue item, String word) {
    boolean plain = !word.isEmpty() && Untrusted.of(word).visible(LONGEST_WORD).equals(word);
    if (!plain) {
      item.reject(
          YamlValue.quote(word)
              + " is no word of a command; write 1 to "
              + LONGEST_WORD
              + " visible characters");
    }
    return plain;
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
