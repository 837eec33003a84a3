package io.k8sfw.vantage;

import io.k8sfw.observation.OverlayDevice;
import java.util.List;
import java.util.Map;

/// What the operator says of overlays, beyond what agents can read on their nodes.
///
/// @param devices by the name of the node; for those without an agent
/// @param inject whether a packet may be sent to a port inside an overlay that nobody on the node
///   confirmed to be free
public record DeclaredOverlays(Map<String, List<OverlayDevice>> devices, boolean inject) {
  public static final DeclaredOverlays NONE = new DeclaredOverlays(Map.of(), false);

  public DeclaredOverlays {
    devices = Map.copyOf(devices);
  }

  public List<OverlayDevice> of(String node) {
    return devices.getOrDefault(node, List.of());
  }
}
