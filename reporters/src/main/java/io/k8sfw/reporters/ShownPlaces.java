package io.k8sfw.reporters;

import io.k8sfw.observation.Control;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.AuditResult.Place;
import io.k8sfw.result.Findings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The vantage points that a report names: all of them; or of very many, those in trouble.
///
/// @param each with a line of its own
/// @param rest by their zones
record ShownPlaces(List<Place> each, Map<String, Rest> rest) {
  /// So many have a line of their own.
  static final int MOST = 60;

  /// Places that stand for the same zones, together.
  ///
  /// @param troubled so many of them failed, or are worth a warning
  record Rest(int places, int troubled, long probes, long held, long controls) {
    private Rest plus(Place place) {
      List<Control> telling = place.telling();
      return new Rest(
          places + 1,
          troubled + (isTroubled(place, telling) ? 1 : 0),
          probes + place.report().probesSent(),
          held + telling.stream().filter(Control::holds).count(),
          controls + telling.size());
    }

    /// `4,898 more places`
    String name() {
      return String.format(Locale.ROOT, "%,d more places", places);
    }

    /// `none`, or how many had any.
    String trouble() {
      return troubled == 0
          ? "none"
          : String.format(Locale.ROOT, "with %,d of them; see results.json", troubled);
    }
  }

  static ShownPlaces of(AuditResult result) {
    if (result.places().size() <= MOST) {
      return new ShownPlaces(result.places(), Map.of());
    }
    List<Place> each = new ArrayList<>();
    Map<String, Rest> rest = new LinkedHashMap<>();
    for (Place place : result.places()) {
      if (each.size() < MOST && isTroubled(place, place.telling())) {
        each.add(place);
      } else {
        String zones = Findings.zones(place.vantagePoint().zones());
        rest.put(zones, rest.getOrDefault(zones, new Rest(0, 0, 0, 0, 0)).plus(place));
      }
    }
    return new ShownPlaces(each, rest);
  }

  private static boolean isTroubled(Place place, List<Control> telling) {
    return place.report().failure().isPresent()
        || !telling.stream().allMatch(Control::holds)
        || !place.translated().isEmpty()
        || !place.troubled().isEmpty();
  }
}
