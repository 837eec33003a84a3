package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RefusalsTests {
  private final Refusals refusals = new Refusals();

  @Test
  void openPortThatStillIsConfirmsWhatCameBeforeItWasAsked() {
    refusals.refused();
    refusals.refused();
    long before = refusals.count();
    refusals.refused();
    assertThat(refusals.confirmed()).isZero();
    refusals.stillOpen(before);
    assertThat(refusals.confirmed()).isEqualTo(2);
    assertThat(refusals.count()).isEqualTo(3);
  }

  @Test
  void openPortThatRefusesMakesAllSuspiciousUntilOneIsOpenAgain() {
    assertThat(refusals.areSuspicious()).isFalse();
    refusals.notOpen();
    assertThat(refusals.areSuspicious()).isTrue();
    refusals.refused();
    assertThat(refusals.areSuspicious()).isTrue();
    refusals.stillOpen(1);
    assertThat(refusals.areSuspicious()).isFalse();
  }

  @Test
  void changeIsToldOnceThoughItsSuspicionIsOverBefore() {
    assertThat(refusals.foundChangedSides()).isFalse();
    refusals.notOpen();
    refusals.stillOpen(0);
    assertThat(refusals.foundChangedSides()).isTrue();
    assertThat(refusals.foundChangedSides()).isFalse();
  }
}
