package io.k8sfw.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.Zone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZoneWordsTests {
  @ParameterizedTest
  @CsvSource({
    "Master Nodes, control-plane",
    "control_plane, control-plane",
    "Worker Nodes, worker",
    "etc Node, etcd",
    "Ingress Nodes, ingress",
    "API Requests, api-client",
    "End-Users, end-user",
    "Cluster administrator (kubectl), cluster-admin",
    "Heapster, pod",
    "External, external",
    "External Application Consumers, external",
    "Master & Worker Nodes, control-plane and worker",
  })
  void wordsOfTheSeedAreZones(String word, String zones) {
    assertThat(ZoneWords.BUILT_IN.zones(word).map(Zones::list)).contains(zones);
  }

  @ParameterizedTest
  @ValueSource(strings = {"node", "nodes", "", "-", "lb"})
  void wordsWithoutOneMeaningAreNone(String word) {
    assertThat(ZoneWords.BUILT_IN.zones(word)).isEmpty();
  }

  @Test
  void everyBuiltInZoneIsItsOwnWord() {
    for (Zone zone : Zones.ROLES) {
      assertThat(ZoneWords.BUILT_IN.zones(zone.name())).contains(Zones.of(zone));
    }
    for (Zone zone : Zones.OUTSIDE) {
      assertThat(ZoneWords.BUILT_IN.zones(zone.name())).contains(Zones.of(zone));
    }
  }
}
