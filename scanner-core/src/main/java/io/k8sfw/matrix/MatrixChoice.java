package io.k8sfw.matrix;

import io.k8sfw.matrix.Facts.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Which built-in matrices fit a cluster of which these facts are known.
///
/// @param builtins their names, a cluster's before the part for its CNI; empty where none fits
/// @param because one sentence for reports and people: what was chosen or not, for which facts, and
///   what is left out by that
public record MatrixChoice(List<String> builtins, String because) {
  private static final String CLUSTER = "kubeadm";
  private static final String FLANNEL = "flannel";

  /// CNIs whose data plane is flannel's: RKE2 requirements page, of Canal.
  private static final Set<String> FLANNEL_CNIS = Set.of(FLANNEL, "canal");

  /// Those that `builtin:flannel` has rows for.
  private static final Set<String> FLANNEL_BACKENDS = Set.of("vxlan", "udp", "wireguard", "ipip");

  public MatrixChoice {
    builtins = List.copyOf(builtins);
  }

  /// kubeadm's table is that of plain Kubernetes, so a cluster whose distribution nobody knows gets
  /// it too. One that is known to be another gets none: its ports are others.
  public static MatrixChoice from(Facts facts) {
    Optional<String> distribution = facts.value("distribution");
    if (distribution.isPresent() && !distribution.get().equals(CLUSTER)) {
      String is = known("distribution", facts);
      return new MatrixChoice(
          List.of(), "no built-in matrix fits: " + is + ", and kubeadm's ports are not its own");
    }
    List<String> builtins = new ArrayList<>(List.of(CLUSTER));
    String why = known("distribution", facts);
    if (distribution.isEmpty()) {
      why += " (the table of plain Kubernetes was taken)";
    }
    why += ", " + known("cni", facts);
    Optional<String> cni = facts.value("cni");
    if (cni.filter(FLANNEL_CNIS::contains).isPresent()) {
      builtins.add(FLANNEL);
      why += ", " + known("backend", facts) + withoutRows(facts);
    } else {
      why += ": no overlay port is demanded, and none is looked at";
    }
    return new MatrixChoice(builtins, "chosen because " + why);
  }

  private static String withoutRows(Facts facts) {
    Optional<String> backend = facts.value("backend");
    if (backend.isEmpty()) {
      return ": what hangs on it is judged both ways";
    }
    return FLANNEL_BACKENDS.contains(backend.get())
        ? ""
        : ": nothing is demanded for that backend, and its traffic is not looked at";
  }

  /// `cni flannel (detected)`; `cni not known`.
  private static String known(String name, Facts facts) {
    Fact fact = facts.values().get(name);
    return fact == null
        ? name + " not known"
        : name
            + " "
            + fact.value()
            + " ("
            + fact.provenance().name().toLowerCase(Locale.ROOT)
            + ")";
  }
}
