package io.k8sfw.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.model.Zone;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.result.AuditResult.Place;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PlaceTests {
  @Test
  void pathIsTroubledAboveOneCanaryInTwentyOrWhereItWasSlowed() {
    PathReport bearable = path(1, 300, 15, "");
    PathReport lossy = path(2, 300, 16, "");
    PathReport slowed = path(3, 300, 0, "a policer");
    PathReport unknown = path(4, 0, 0, "");

    assertThat(place(bearable, lossy, slowed, unknown).troubled()).containsExactly(lossy, slowed);
  }

  private static Place place(PathReport... paths) {
    return new Place(
        new VantagePoint(
            "here",
            new TreeSet<>(List.of(new Zone("worker"))),
            new Agent.Local(),
            VantagePoint.Fidelity.EXACT,
            Optional.empty()),
        new VantageReport("here", "local", Set.of(), Optional.empty(), 0),
        List.of(),
        List.of(paths),
        List.of());
  }

  private static PathReport path(int address, int asked, int lost, String slowed) {
    return new PathReport(
        "here",
        InetAddress.ofLiteral("10.0.0." + address),
        asked,
        lost,
        0.5,
        3,
        Optional.of(slowed).filter(s -> !s.isEmpty()));
  }
}
