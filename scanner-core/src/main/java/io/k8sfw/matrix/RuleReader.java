package io.k8sfw.matrix;

import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlValue;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// Reads one row of a matrix.
final class RuleReader {
  private static final List<AddressScope> SCOPES =
      Arrays.stream(AddressScope.values()).filter(s -> s != AddressScope.DEFAULT).toList();

  private final ZoneWords words;

  RuleReader(ZoneWords words) {
    this.words = words;
  }

  /// @param pathOfId the rule that each id was first seen at; gets this one
  /// @return empty when something that every rule needs is wrong, which has been told
  Optional<Rule> read(YamlValue value, Map<String, String> pathOfId) {
    YamlFields fields =
        value.fields(
            "id",
            "to",
            "protocol",
            "ports",
            "from",
            "expect",
            "when",
            "address",
            "service",
            "purpose",
            "reference");
    Optional<String> id = fields.require("id").flatMap(v -> id(v, value.path(), pathOfId));
    SortedSet<Zone> to = fields.require("to").map(this::roles).orElse(new TreeSet<>());
    Optional<Protocol> protocol = fields.require("protocol").flatMap(Ports::readProtocol);
    Optional<PortSet> ports = ports(fields, protocol);
    SortedSet<Zone> from =
        fields.require("from").map(v -> Zones.read(v, words)).orElse(new TreeSet<>());
    Optional<Expectation> expect = fields.require("expect").flatMap(RuleReader::expectation);
    Condition when = fields.get("when").map(ConditionReader::read).orElse(Condition.ALWAYS);
    Optional<AddressScope> address =
        fields.get("address").flatMap(v -> v.word("an address class", SCOPES, AddressScope::word));
    Optional<String> service = fields.get("service").flatMap(RuleReader::service);
    String purpose = fields.get("purpose").flatMap(YamlValue::text).orElse("");
    String reference = fields.get("reference").flatMap(YamlValue::text).orElse("");
    if (id.isEmpty()
        || to.isEmpty()
        || protocol.isEmpty()
        || ports.isEmpty()
        || from.isEmpty()
        || expect.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Rule(
            id.get(),
            value.where(),
            to,
            protocol.get(),
            ports.get(),
            from,
            expect.get(),
            when,
            address.orElse(AddressScope.DEFAULT),
            service,
            purpose,
            reference));
  }

  private static Optional<String> id(
      YamlValue value, String rulePath, Map<String, String> pathOfId) {
    Optional<String> id = value.text();
    if (id.isEmpty()) {
      return id;
    }
    if (!id.get().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
      value.reject(
          YamlValue.quote(id.get())
              + " is not an id; write letters, digits, dots, dashes and underscores, a letter or"
              + " digit first, at most 63");
      return Optional.empty();
    }
    String first = pathOfId.putIfAbsent(id.get(), rulePath);
    if (first != null) {
      value.reject(YamlValue.quote(id.get()) + " is taken by " + first + "; ids are unique");
    }
    return id;
  }

  private SortedSet<Zone> roles(YamlValue value) {
    SortedSet<Zone> zones = Zones.read(value, words);
    SortedSet<Zone> outside = new TreeSet<>(zones);
    outside.retainAll(Zones.OUTSIDE);
    if (!outside.isEmpty()) {
      value.reject(
          Zones.list(outside)
              + " is not a role of nodes; accepted: "
              + String.join(", ", new TreeSet<>(Zones.ROLES.stream().map(Zone::name).toList()))
              + ", and zones that the matrix declares");
    }
    return zones;
  }

  private static Optional<Expectation> expectation(YamlValue value) {
    List<Expectation> strongestFirst = List.of(Expectation.values()).reversed();
    return value.word("an expectation", strongestFirst, Expectation::word);
  }

  /// Only what has ports must name them.
  private static Optional<PortSet> ports(YamlFields fields, Optional<Protocol> protocol) {
    boolean needsPorts = protocol.isEmpty() || protocol.get().hasPorts();
    if (!needsPorts && fields.get("ports").isEmpty()) {
      return Optional.of(PortSet.ALL);
    }
    return fields.require("ports").flatMap(Ports::read);
  }

  private static Optional<String> service(YamlValue value) {
    Optional<String> name = value.text();
    if (name.isPresent() && !name.get().matches("[a-z0-9][a-z0-9-]{0,62}")) {
      value.reject(
          YamlValue.quote(name.get())
              + " is not a service; write lower-case letters, digits and dashes, such as kubelet");
    }
    return name;
  }
}
