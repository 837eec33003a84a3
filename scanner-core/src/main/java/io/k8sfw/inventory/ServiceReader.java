package io.k8sfw.inventory;

import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlValue;
import io.k8sfw.inventory.NodePortService.TrafficPolicy;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads the Services that have a NodePort.
final class ServiceReader {
  /// A namespace or Service, a little wider than Kubernetes' own rules for names.
  private static final String NAME = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?";

  private final Set<String> nodes;

  /// @param nodes names of the nodes of the inventory
  ServiceReader(Set<String> nodes) {
    this.nodes = nodes;
  }

  List<NodePortService> read(YamlValue value) {
    List<NodePortService> services = new ArrayList<>();
    Map<String, String> pathOfPort = new HashMap<>();
    for (YamlValue item : value.items()) {
      YamlFields fields =
          item.fields("name", "nodePort", "protocol", "externalTrafficPolicy", "endpointNodes");
      Optional<String> name = fields.require("name").flatMap(ServiceReader::name);
      Optional<Integer> port =
          fields.require("nodePort").flatMap(v -> v.integer(PortRange.MIN, PortRange.MAX));
      Protocol protocol =
          fields.get("protocol").flatMap(ServiceReader::protocol).orElse(Protocol.TCP);
      Optional<TrafficPolicy> policy =
          fields.get("externalTrafficPolicy").flatMap(ServiceReader::policy);
      Optional<List<String>> endpoints = fields.get("endpointNodes").map(this::endpointNodes);
      if (name.isPresent() && port.isPresent()) {
        String first = pathOfPort.putIfAbsent(protocol + "/" + port.get(), item.path());
        if (first != null) {
          item.reject("has the port of " + first + "; a NodePort belongs to one Service");
        }
        services.add(new NodePortService(name.get(), protocol, port.get(), policy, endpoints));
      }
    }
    return services;
  }

  private static Optional<String> name(YamlValue value) {
    Optional<String> name = value.text();
    if (name.isPresent() && !name.get().matches(NAME + "/" + NAME)) {
      value.reject(
          YamlValue.quote(name.get())
              + " is not a Service; write NAMESPACE/NAME, such as shop/web");
      return Optional.empty();
    }
    return name;
  }

  private static Optional<Protocol> protocol(YamlValue value) {
    return value.word("a protocol", List.of(Protocol.TCP, Protocol.UDP), Protocol::name);
  }

  private static Optional<TrafficPolicy> policy(YamlValue value) {
    return value.word(
        "an external traffic policy", List.of(TrafficPolicy.values()), TrafficPolicy::word);
  }

  private List<String> endpointNodes(YamlValue value) {
    List<String> names = new ArrayList<>();
    for (YamlValue item : value.items()) {
      Optional<String> name = item.text();
      if (name.isPresent() && !nodes.contains(name.get())) {
        item.rejectWord(name.get(), "a node of this inventory", nodes);
      }
      name.ifPresent(names::add);
    }
    return names;
  }
}
