package io.k8sfw.probes.batch;

import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Phase;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What a batch knows of one address: ports that answered, and how its positive controls went.
final class Host {
  private final InetAddress address;
  private final Canaries canaries;
  private final Map<Phase, Control> controls = new EnumMap<>(Phase.class);
  private boolean heard;
  private boolean lost;

  Host(InetAddress address, boolean refusalsCount) {
    this.address = address;
    this.canaries = new Canaries(address, refusalsCount);
  }

  InetAddress address() {
    return address;
  }

  Canaries canaries() {
    return canaries;
  }

  /// Whether it has a control to speak of: it answered once, with something that can be asked
  /// again.
  boolean controllable() {
    heard |= !canaries.isEmpty();
    return heard;
  }

  /// A control failed since [#startPass].
  boolean lost() {
    return lost;
  }

  /// @param confirming silences of an earlier pass are asked again, guarded by the control after it
  void startPass(boolean confirming) {
    lost = false;
    Control last = controls.get(Phase.AFTER);
    if (confirming && last != null) {
      controls.putIfAbsent(
          Phase.BEFORE,
          new Control(
              last.vantage(),
              address,
              last.kind(),
              Phase.BEFORE,
              last.port(),
              last.holds(),
              last.detail()));
    }
  }

  void note(Control control) {
    lost |= !control.holds();
    controls.put(control.phase(), control);
  }

  /// In the order of their phases; one that says so where nothing ever answered.
  List<Control> controls(String vantage) {
    return controls.isEmpty()
        ? List.of(
            new Control(
                vantage,
                address,
                Control.Kind.POSITIVE,
                Phase.AFTER,
                0,
                false,
                "nothing on this address answered"))
        : new ArrayList<>(controls.values());
  }
}
