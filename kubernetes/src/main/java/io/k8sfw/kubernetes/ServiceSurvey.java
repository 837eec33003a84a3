package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointPort;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The Services that have NodePorts, and where their endpoints are.
final class ServiceSurvey {
  private static final String LOST_SLICES =
      "what Endpoints leave out, which are read instead: more than 1,000 addresses of a Service";

  private static final String LOST_ENDPOINTS =
      "which nodes have endpoints of a Service, and the API server's port";

  /// Set by the API server itself on the slices that it or a controller makes.
  private static final String SERVICE_OF_SLICE = "kubernetes.io/service-name";

  /// As the reader of inventories has it.
  private static final String NAME = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?";

  private static final String API = "default/kubernetes";

  /// Where the ready endpoints of one Service are.
  private static final class Where {
    final NavigableSet<String> nodes = new TreeSet<>();
    final NavigableSet<Integer> ports = new TreeSet<>();
    final NavigableSet<String> addresses = new TreeSet<>();

    /// Some endpoint's node is not told.
    boolean isPartial;
  }

  private final Reads reads;
  private final Findings findings;
  private final KubernetesClient client;
  private final Set<String> nodes;

  /// @param nodes names of those of the inventory
  ServiceSurvey(Reads reads, Findings findings, KubernetesClient client, Set<String> nodes) {
    this.reads = reads;
    this.findings = findings;
    this.client = client;
    this.nodes = nodes;
  }

  /// In the order of their names and ports.
  ///
  /// @param own addresses of the nodes
  List<FoundService> survey(Set<String> own) throws ClusterUnavailable {
    Optional<Map<String, Where>> endpoints = endpoints();
    apiServer(endpoints, own);
    List<Service> services =
        reads
            .list(
                "list services",
                "the Services whose NodePorts must be reachable",
                options -> client.services().inAnyNamespace().list(options))
            .orElse(List.of());
    List<FoundService> found = new ArrayList<>();
    for (Service service : services) {
      if (service.getSpec() == null || service.getSpec().getPorts() == null) {
        continue;
      }
      String name = name(service);
      if (!name.matches(NAME + "/" + NAME)) {
        reads.note("Service " + name + ": its name is none, and it is left out");
        continue;
      }
      for (ServicePort port : service.getSpec().getPorts()) {
        if (port.getNodePort() != null && port.getNodePort() > 0) {
          forwarded(name, service, port, endpoints).ifPresent(found::add);
        }
      }
    }
    found.sort(
        Comparator.comparing(FoundService::name)
            .thenComparingInt(FoundService::nodePort)
            .thenComparing(FoundService::protocol));
    return found;
  }

  private Optional<FoundService> forwarded(
      String name, Service service, ServicePort port, Optional<Map<String, Where>> endpoints) {
    String protocol =
        Objects.requireNonNullElse(port.getProtocol(), "TCP").toLowerCase(Locale.ROOT);
    if (!protocol.equals("tcp") && !protocol.equals("udp")) {
      reads.note(
          "Service "
              + name
              + ": its NodePort "
              + port.getNodePort()
              + " is "
              + protocol
              + ", which cannot be probed, and is left out");
      return Optional.empty();
    }
    Optional<String> policy =
        Optional.ofNullable(service.getSpec().getExternalTrafficPolicy())
            .filter(p -> p.equals("Local") || p.equals("Cluster"));
    Optional<List<String>> on =
        endpoints
            .map(all -> all.getOrDefault(name, new Where()))
            .filter(where -> !where.isPartial)
            .map(where -> where.nodes.stream().filter(nodes::contains).toList());
    return Optional.of(new FoundService(name, port.getNodePort(), protocol, policy, on));
  }

  private void apiServer(Optional<Map<String, Where>> endpoints, Set<String> own) {
    Where where = endpoints.map(all -> all.get(API)).orElse(null);
    if (where == null || where.ports.size() != 1) {
      findings.unproven(
          "api-port",
          "the endpoints of the Service " + API + " were not read, or have no one port");
      return;
    }
    findings.prove(
        "api-port",
        String.valueOf(where.ports.first()),
        "endpoints of the Service " + API + ": " + String.join(", ", where.addresses));
    List<String> others = where.addresses.stream().filter(a -> !own.contains(a)).toList();
    if (!others.isEmpty()) {
      reads.note(
          "the API server at "
              + String.join(", ", others)
              + " is on no node of the cluster: what goes to and from the control plane cannot be"
              + " seen from there");
    }
  }

  /// EndpointSlices; Endpoints before Kubernetes 1.21, and where we may read no others.
  private Optional<Map<String, Where>> endpoints() throws ClusterUnavailable {
    Optional<List<EndpointSlice>> slices =
        reads.list(
            "list endpointslices.discovery.k8s.io",
            LOST_SLICES,
            options -> client.discovery().v1().endpointSlices().inAnyNamespace().list(options));
    if (slices.isPresent()) {
      Map<String, Where> where = new HashMap<>();
      slices.get().forEach(slice -> slice(slice, where));
      return Optional.of(where);
    }
    Optional<List<Endpoints>> older =
        reads.list(
            "list endpoints",
            LOST_ENDPOINTS,
            options -> client.endpoints().inAnyNamespace().list(options));
    Map<String, Where> where = new HashMap<>();
    older.ifPresent(all -> all.forEach(each -> endpoints(each, where)));
    return older.map(_ -> where);
  }

  /// A slice without a condition is taken for ready (Kubernetes API, `EndpointConditions.ready`).
  private static void slice(EndpointSlice slice, Map<String, Where> all) {
    Map<String, String> labels = slice.getMetadata().getLabels();
    String service = labels == null ? null : labels.get(SERVICE_OF_SLICE);
    if (service == null) {
      return;
    }
    Where where =
        all.computeIfAbsent(slice.getMetadata().getNamespace() + "/" + service, _ -> new Where());
    for (Endpoint endpoint : orEmpty(slice.getEndpoints())) {
      if (endpoint.getConditions() == null
          || !Boolean.FALSE.equals(endpoint.getConditions().getReady())) {
        where.addresses.addAll(orEmpty(endpoint.getAddresses()));
        on(endpoint.getNodeName(), where);
      }
    }
    orEmpty(slice.getPorts()).stream()
        .flatMap(port -> Stream.ofNullable(port.getPort()))
        .forEach(where.ports::add);
  }

  private static void endpoints(Endpoints endpoints, Map<String, Where> all) {
    Where where = all.computeIfAbsent(name(endpoints), _ -> new Where());
    where.isPartial |= isTruncated(endpoints);
    for (EndpointSubset subset : orEmpty(endpoints.getSubsets())) {
      for (EndpointAddress address : orEmpty(subset.getAddresses())) {
        where.addresses.add(String.valueOf(address.getIp()));
        on(address.getNodeName(), where);
      }
      for (EndpointPort port : orEmpty(subset.getPorts())) {
        where.ports.add(port.getPort());
      }
    }
  }

  /// Since Kubernetes 1.22, no more than 1,000 addresses are kept (Kubernetes, "Service",
  /// Over-capacity endpoints).
  private static boolean isTruncated(Endpoints endpoints) {
    Map<String, String> annotations = endpoints.getMetadata().getAnnotations();
    return annotations != null
        && "truncated".equals(annotations.get("endpoints.kubernetes.io/over-capacity"));
  }

  private static void on(@Nullable String node, Where where) {
    if (node == null) {
      where.isPartial = true;
    } else {
      where.nodes.add(node);
    }
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static String name(HasMetadata object) {
    return object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
  }
}
