package io.k8sfw.matrix;

import io.k8sfw.model.Zone;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/// The one place where people's words for places become zones. `matrix show` prints it.
///
/// Words are compared without case, and with spaces, dots, underscores, dashes and parentheses
/// alike.
public record ZoneWords(SortedMap<String, SortedSet<Zone>> words) {
  /// The words that matrices and clusters use for the built-in zones.
  public static final ZoneWords BUILT_IN = builtIn();

  public ZoneWords {
    words = Collections.unmodifiableSortedMap(new TreeMap<>(words));
  }

  /// The zones' own names; the words of the seed document's tables; the words of kubeadm, k3s, RKE2
  /// and k0s for their roles; and kubespray's groups. `node` is not among them: it is one role to
  /// some and every role to others.
  private static ZoneWords builtIn() {
    SortedMap<String, SortedSet<Zone>> words = new TreeMap<>();
    put(words, Zone.CONTROL_PLANE, "control-plane", "controlplane", "control-plane-node");
    put(words, Zone.CONTROL_PLANE, "control-plane-nodes", "kube-control-plane", "kube-master");
    put(words, Zone.CONTROL_PLANE, "master", "masters", "master-node", "master-nodes");
    put(words, Zone.CONTROL_PLANE, "controller", "server");
    put(words, Zone.WORKER, "worker", "workers", "worker-node", "worker-nodes", "agent");
    put(words, Zone.WORKER, "kube-node");
    put(words, Zone.ETCD, "etcd", "etcd-node", "etcd-nodes", "etc-node");
    put(words, Zone.INGRESS, "ingress", "ingress-node", "ingress-nodes");
    put(words, Zone.END_USER, "end-user", "end-users", "user", "users");
    put(words, Zone.API_CLIENT, "api-client", "api-clients", "api-requests");
    put(words, Zone.CLUSTER_ADMIN, "cluster-admin", "cluster-administrator", "admin", "kubectl");
    put(words, Zone.CLUSTER_ADMIN, "cluster-administrator-kubectl", "administrator");
    put(words, Zone.POD, "pod", "pods", "heapster", "metrics-server");
    put(words, Zone.EXTERNAL, "external", "external-application-consumers", "internet", "world");
    words.put("master-&-worker-nodes", Zones.of(Zone.CONTROL_PLANE, Zone.WORKER));
    words.put("all-nodes", Zones.of(Zones.ROLES.toArray(Zone[]::new)));
    return new ZoneWords(words);
  }

  private static void put(SortedMap<String, SortedSet<Zone>> words, Zone zone, String... names) {
    for (String name : names) {
      words.put(name, Zones.of(zone));
    }
  }

  /// This table with `more` on top: a word that both have means what `more` says.
  public ZoneWords with(Map<String, SortedSet<Zone>> more) {
    SortedMap<String, SortedSet<Zone>> all = new TreeMap<>(words);
    more.forEach((word, zones) -> all.put(canonical(word), zones));
    return new ZoneWords(all);
  }

  /// The zones that `word` stands for; empty when nobody knows it.
  public Optional<SortedSet<Zone>> zones(String word) {
    return Optional.ofNullable(words.get(canonical(word)));
  }

  /// The form in which words are kept and compared.
  static String canonical(String word) {
    return word.strip()
        .toLowerCase(Locale.ROOT)
        .replaceAll("[\\s._()-]+", "-")
        .replaceAll("^-|-$", "");
  }
}
