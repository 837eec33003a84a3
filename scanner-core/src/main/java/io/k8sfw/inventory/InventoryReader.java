package io.k8sfw.inventory;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Sha256;
import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlReader;
import io.k8sfw.input.YamlValue;
import io.k8sfw.matrix.Facts;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.ZoneWords;
import io.k8sfw.matrix.Zones;
import io.k8sfw.model.Network;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Reads an inventory file. `docs/inventory.md` describes the format.
public final class InventoryReader {
  private static final int MAX_PLACES = 10_000;

  private final ZoneWords words;
  private final AddressReader addresses;

  /// Where each name of a node or vantage point was first.
  private final Map<String, String> pathOfName = new HashMap<>();

  private InventoryReader(ZoneWords words, AddressReader addresses) {
    this.words = words;
    this.addresses = addresses;
  }

  /// @param source the file as the user named it
  /// @param matrix whose words for zones, and whose rules, the file may name
  /// @throws InvalidInputException with everything that is wrong with the file
  public static Inventory read(String source, byte[] bytes, Matrix matrix)
      throws InvalidInputException {
    YamlValue root = YamlReader.read(source, bytes);
    YamlFields fields =
        root.fields(
            "inventory",
            "loopback",
            "facts",
            "nodes",
            "vantage",
            "services",
            "outOfScope",
            "clusterNetworks");
    String name = fields.require("inventory").map(InventoryReader::name).orElse("");
    boolean loopback = fields.get("loopback").flatMap(YamlValue::bool).orElse(false);
    Facts facts = fields.get("facts").map(InventoryReader::facts).orElse(Facts.NONE);
    var reader = new InventoryReader(matrix.aliases(), new AddressReader(loopback));
    List<Node> nodes = new ArrayList<>();
    List<VantagePoint> vantagePoints = new ArrayList<>();
    fields.require("nodes").ifPresent(v -> reader.nodes(v, nodes, vantagePoints));
    fields.get("vantage").ifPresent(v -> reader.vantagePoints(v, vantagePoints));
    List<NodePortService> services =
        fields.get("services").map(v -> new ServiceReader(names(nodes)).read(v)).orElse(List.of());
    List<Scope> scopes =
        fields.get("outOfScope").map(v -> new ScopeReader(matrix).read(v)).orElse(List.of());
    List<Network> networks =
        fields.get("clusterNetworks").map(InventoryReader::networks).orElse(List.of());
    root.problems().throwIfAny();
    return new Inventory(
        name,
        source,
        Sha256.of(bytes),
        facts,
        nodes,
        vantagePoints,
        services,
        scopes,
        networks,
        reader.addresses.tunnels());
  }

  /// Reads a file of an inventory's `outOfScope` alone, for an inventory that nobody wrote.
  ///
  /// @param source the file as the user named it
  /// @param matrix whose words for zones, and whose rules, the file may name
  /// @throws InvalidInputException with everything that is wrong with the file
  public static List<Scope> readScope(String source, byte[] bytes, Matrix matrix)
      throws InvalidInputException {
    YamlValue root = YamlReader.read(source, bytes);
    List<Scope> scopes =
        root.fields("outOfScope")
            .require("outOfScope")
            .map(v -> new ScopeReader(matrix).read(v))
            .orElse(List.of());
    root.problems().throwIfAny();
    return scopes;
  }

  private static Set<String> names(List<Node> nodes) {
    return nodes.stream().map(Node::name).collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Network> networks(YamlValue value) {
    List<Network> networks = new ArrayList<>();
    for (YamlValue item : limited(value)) {
      Optional<String> text = item.text();
      Optional<Network> network = text.flatMap(Network::parse);
      if (text.isPresent() && network.isEmpty()) {
        item.reject(
            YamlValue.quote(text.get())
                + " is not a network; write its first address and its length, such as"
                + " 10.244.0.0/16 or \"fd44::/16\"");
      }
      network.ifPresent(networks::add);
    }
    return networks;
  }

  private static String name(YamlValue value) {
    Optional<String> name = value.text();
    if (name.isPresent() && !name.get().matches("[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}")) {
      value.reject(
          YamlValue.quote(name.get())
              + " is not a name; write letters, digits, spaces, dots, dashes and underscores, at"
              + " most 63");
    }
    return name.orElse("");
  }

  private static Facts facts(YamlValue value) {
    Map<String, String> facts = new LinkedHashMap<>();
    value
        .entries()
        .forEach((key, v) -> {
          if (!Facts.isName(key)) {
            v.reject(
                YamlValue.quote(key)
                    + " is not the name of a fact; write letters, digits and dashes, such as"
                    + " cni");
          }
          v.text().ifPresent(t -> facts.put(key, t.toLowerCase(Locale.ROOT)));
        });
    return Facts.declared(facts);
  }

  private void nodes(YamlValue value, List<Node> nodes, List<VantagePoint> vantagePoints) {
    List<YamlValue> items = limited(value);
    if (items.isEmpty() && value.isSequence()) {
      value.reject("is empty; an inventory has at least one node");
    }
    for (YamlValue item : items) {
      YamlFields fields = item.fields("name", "zones", "addresses", "agent");
      Optional<String> name = fields.require("name").flatMap(this::placeName);
      SortedSet<Zone> zones = zones(fields);
      List<NodeAddress> found = fields.require("addresses").map(addresses::read).orElse(List.of());
      Optional<Agent> agent = fields.get("agent").flatMap(AgentReader::read);
      if (name.isEmpty()) {
        continue;
      }
      nodes.add(new Node(name.get(), zones, found));
      agent.ifPresent(a ->
          vantagePoints.add(
              new VantagePoint(name.get(), zones, a, VantagePoint.Fidelity.EXACT, name)));
    }
  }

  private void vantagePoints(YamlValue value, List<VantagePoint> vantagePoints) {
    for (YamlValue item : limited(value)) {
      YamlFields fields = item.fields("name", "zones", "agent", "fidelity");
      Optional<String> name = fields.require("name").flatMap(this::placeName);
      SortedSet<Zone> zones = zones(fields);
      Optional<Agent> agent = fields.require("agent").flatMap(AgentReader::read);
      VantagePoint.Fidelity fidelity =
          fields
              .get("fidelity")
              .flatMap(InventoryReader::fidelity)
              .orElse(VantagePoint.Fidelity.EXACT);
      if (name.isPresent() && agent.isPresent()) {
        vantagePoints.add(
            new VantagePoint(name.get(), zones, agent.get(), fidelity, Optional.empty()));
      }
    }
  }

  private static Optional<VantagePoint.Fidelity> fidelity(YamlValue value) {
    return value.word(
        "a fidelity",
        List.of(VantagePoint.Fidelity.values()),
        f -> f.name().toLowerCase(Locale.ROOT));
  }

  private SortedSet<Zone> zones(YamlFields fields) {
    return fields
        .require("zones")
        .map(v -> Zones.read(v, words))
        .orElse(Collections.emptySortedSet());
  }

  /// Nodes have the names of hosts (RFC 1123 section 2.1), or nearly; two places never the same.
  private Optional<String> placeName(YamlValue value) {
    Optional<String> name = value.text();
    if (name.isEmpty()) {
      return name;
    }
    if (!name.get().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,252}")) {
      value.reject(
          YamlValue.quote(name.get())
              + " is not a name; write letters, digits, dots, dashes and underscores, a letter or"
              + " digit first, at most 253");
      return Optional.empty();
    }
    String first = pathOfName.putIfAbsent(name.get(), value.path());
    if (first != null) {
      value.reject(
          YamlValue.quote(name.get())
              + " is taken by "
              + first
              + "; nodes and vantage points have names of their own");
    }
    return name;
  }

  private static List<YamlValue> limited(YamlValue value) {
    List<YamlValue> items = value.items();
    if (items.size() > MAX_PLACES) {
      value.reject("has " + items.size() + " items; at most " + MAX_PLACES + " are read");
      return List.of();
    }
    return items;
  }
}
