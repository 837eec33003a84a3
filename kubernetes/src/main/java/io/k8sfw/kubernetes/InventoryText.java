package io.k8sfw.kubernetes;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Network;
import io.k8sfw.model.Tunnel;
import io.k8sfw.model.Untrusted;
import io.k8sfw.model.Zone;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Writes an inventory file for people to review: every fact with what it was taken from. Nothing
/// of the cluster can become anything but text in it.
final class InventoryText {
  /// What needs no quotes, and is nothing but text to any reader of YAML.
  private static final String PLAIN =
      "[A-Za-z][A-Za-z0-9./_-]*|[0-9]{1,3}(\\.[0-9]{1,3}){3}(/[0-9]+)?";

  private static final Set<String> WORDS_OF_YAML =
      Set.of("null", "true", "false", "yes", "no", "on", "off", "y", "n");

  /// The name of an inventory, as its reader takes it.
  private static final int LONGEST_NAME = 63;

  private final ClusterConnection cluster;
  private final DiscoveryOptions options;
  private final Findings findings;
  private final List<FoundNode> nodes;
  private final List<FoundService> services;
  private final List<String> notes;
  private final StringBuilder out = new StringBuilder();

  InventoryText(
      ClusterConnection cluster,
      DiscoveryOptions options,
      Findings findings,
      List<FoundNode> nodes,
      List<FoundService> services,
      List<String> notes) {
    this.cluster = cluster;
    this.options = options;
    this.findings = findings;
    this.nodes = nodes;
    this.services = services;
    this.notes = notes;
  }

  String text() {
    comment(
        "Found in the cluster "
            + cluster.name()
            + " at "
            + cluster.server()
            + cluster.version().map(v -> ", Kubernetes " + v).orElse("")
            + ".");
    comment("Review it, edit it, and audit with it: k8sfw-audit run -i FILE -m MATRIX ...");
    notes.forEach(note -> comment("Not known: " + note));
    line("inventory: " + scalar(name()));
    facts();
    nodes();
    vantage();
    services();
    networks();
    return out.toString();
  }

  /// Of the context, with what an inventory's name may not have as dashes.
  private String name() {
    String name =
        cluster.name().replaceAll("[^A-Za-z0-9 ._-]", "-").replaceAll("^[^A-Za-z0-9]+", "");
    String cut = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
    return cut.isEmpty() ? "cluster" : cut;
  }

  private void facts() {
    if (findings.facts().isEmpty()) {
      return;
    }
    line("");
    line("facts:");
    for (FoundFact fact : findings.facts()) {
      line("  " + fact.name() + ": " + scalar(fact.value()) + note(fact.from()));
    }
  }

  private void nodes() {
    line("");
    line("nodes:");
    for (FoundNode node : nodes) {
      node(
          node.name(),
          node.zones(),
          node.zonesFrom(),
          node.addresses().stream().map(this::address).toList());
      line("  agent: pod");
    }
    for (DiscoveryOptions.EtcdMember member : options.etcd()) {
      node(
          member.name(),
          List.of(Zone.ETCD.name()),
          "by --etcd: no node of the cluster",
          List.of(scalar(member.address())));
    }
  }

  private void node(String name, List<String> zones, String from, List<String> addresses) {
    line("- name: " + scalar(name));
    line("  zones: " + list(zones) + note(from));
    line("  addresses: [" + String.join(", ", addresses) + "]");
  }

  private String address(FoundNode.Address address) {
    String text = scalar(AddressText.of(address.address()));
    return address
        .tunnel()
        .map(tunnel -> "{" + address.type() + ": " + text + tunnel(tunnel) + "}")
        .orElse(
            address.type().equals("internal") ? text : "{" + address.type() + ": " + text + "}");
  }

  private String tunnel(Tunnel tunnel) {
    // A port that nobody told is left to the reader's default, and to whoever reviews the file.
    String port = findings.value("overlay-port").map(_ -> ", port: " + tunnel.port()).orElse("");
    String mac = String.join(":", tunnel.mac().split("(?<=\\G..)"));
    return ", vni: " + tunnel.vni() + ", mac: \"" + mac + "\"" + port;
  }

  private void vantage() {
    line("");
    line("vantage:");
    line("- {name: " + scalar(pods()) + ", zones: [pod], agent: pod}");
    for (DiscoveryOptions.Place place : options.places()) {
      String[] words = place.agent().split(" ", 2);
      String agent =
          words.length == 1
              ? scalar(words[0])
              : "{" + scalar(words[0]) + ": " + scalar(words[1]) + "}";
      line(
          "- {name: "
              + scalar(place.name())
              + ", zones: "
              + list(place.zones())
              + ", agent: "
              + agent
              + "}");
    }
  }

  /// A name that no node and no other place has.
  private String pods() {
    Set<String> taken = new HashSet<>();
    nodes.forEach(node -> taken.add(node.name()));
    options.etcd().forEach(member -> taken.add(member.name()));
    options.places().forEach(place -> taken.add(place.name()));
    String name = "pods";
    for (int i = 2; taken.contains(name); i++) {
      name = "pods-" + i;
    }
    return name;
  }

  private void services() {
    if (services.isEmpty()) {
      return;
    }
    line("");
    line("services:");
    for (FoundService service : services) {
      line(
          "- {name: "
              + scalar(service.name())
              + ", nodePort: "
              + service.nodePort()
              + ", protocol: "
              + service.protocol()
              + service.policy().map(p -> ", externalTrafficPolicy: " + p).orElse("")
              + service.endpointNodes().map(on -> ", endpointNodes: " + list(on)).orElse("")
              + "}");
    }
  }

  private void networks() {
    Map<Network, String> networks = findings.networks();
    if (networks.isEmpty()) {
      return;
    }
    line("");
    line("clusterNetworks:");
    networks.forEach((network, from) -> line("- " + scalar(network.toString()) + note(from)));
  }

  private static String list(List<String> words) {
    return words.stream().map(InventoryText::scalar).collect(Collectors.joining(", ", "[", "]"));
  }

  /// A value of YAML that is this text and nothing else (YAML 1.2, section 5.7 for escapes).
  static String scalar(String text) {
    if (text.matches(PLAIN) && !WORDS_OF_YAML.contains(text.toLowerCase(java.util.Locale.ROOT))) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(c -> {
          if (c == '"' || c == '\\') {
            quoted.append('\\').append((char) c);
          } else if (c >= 0x20 && c < 0x7f && c != '#') {
            quoted.append((char) c);
          } else {
            quoted.append(c > 0xffff ? "\\U%08x".formatted(c) : "\\u%04x".formatted(c));
          }
        });
    return quoted.append('"').toString();
  }

  private static String note(String from) {
    return " # " + visible(from);
  }

  private void comment(String text) {
    line("# " + visible(text));
  }

  /// All of it on one line, whatever is in it, and no command to a CI system that logs the file.
  private static String visible(String text) {
    return Untrusted.of(text).visible(text.length()).replace("##", "#\\u{23}");
  }

  private void line(String line) {
    out.append(line).append('\n');
  }
}
