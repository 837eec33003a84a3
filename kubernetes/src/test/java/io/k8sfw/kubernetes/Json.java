package io.k8sfw.kubernetes;

import java.util.Arrays;
import java.util.stream.Collectors;

/// Objects of the Kubernetes API, as JSON.
final class Json {
  private Json() {}

  /// @param labels such as `node-role.kubernetes.io/worker=`
  /// @param podCidr a JSON list; empty for none
  /// @param addresses such as `InternalIP=10.0.0.1`
  static String node(
      String name, String labels, String annotations, String podCidr, String... addresses) {
    return """
    {"metadata":{"name":%s,"labels":{%s},"annotations":{%s}},
     "spec":{%s},
     "status":{"addresses":[%s],"nodeInfo":{"kubeletVersion":"v1.34.1","osImage":"Debian"}}}
    """
        .formatted(
            FakeApi.quoted(name),
            pairs(labels),
            annotations,
            podCidr.isEmpty() ? "" : "\"podCIDRs\":" + podCidr,
            Arrays.stream(addresses)
                .map(a -> a.split("=", 2))
                .map(a -> "{\"type\":\"%s\",\"address\":%s}".formatted(a[0], FakeApi.quoted(a[1])))
                .collect(Collectors.joining(",")));
  }

  static String node(String name, String labels, String address) {
    return node(name, labels, "", "", "InternalIP=" + address);
  }

  static String annotation(String key, String value) {
    return FakeApi.quoted(key) + ":" + FakeApi.quoted(value);
  }

  static String service(String name, String policy, String ports) {
    return """
    {"metadata":{"name":"%s","namespace":"default"},
     "spec":{"type":"NodePort","externalTrafficPolicy":"%s","ports":[%s]}}
    """
        .formatted(name, policy, ports);
  }

  /// @param endpoints such as `worker-1=true,worker-2=false`: a node, and whether it is ready
  static String slice(String service, int port, String endpoints) {
    return """
    {"metadata":{"name":"%1$s-x","namespace":"default","labels":{"kubernetes.io/service-name":"%1$s"}},
     "addressType":"IPv4","ports":[{"port":%2$d}],"endpoints":[%3$s]}
    """
        .formatted(
            service,
            port,
            Arrays.stream(endpoints.split(","))
                .filter(e -> !e.isEmpty())
                .map(e -> e.split("=", 2))
                .map(e ->
                    "{\"addresses\":[\"10.0.0.11\"],%s\"conditions\":{\"ready\":%s}}"
                        .formatted(e[0].equals("?") ? "" : "\"nodeName\":\"" + e[0] + "\",", e[1]))
                .collect(Collectors.joining(",")));
  }

  private static String pairs(String text) {
    return Arrays.stream(text.split(","))
        .filter(pair -> !pair.isEmpty())
        .map(pair -> pair.split("=", 2))
        .map(pair -> FakeApi.quoted(pair[0]) + ":" + FakeApi.quoted(pair[1]))
        .collect(Collectors.joining(","));
  }
}
