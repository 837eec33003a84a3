package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.probes.batch.MadeUpNeighbourhood.Address;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathLossTests {
  private final MadeUpNeighbourhood neighbourhood = new MadeUpNeighbourhood();
  private final Address here = neighbourhood.address();
  private final Address beside = neighbourhood.address();
  private final PathLoss path = here.guard().path();

  private void sampleIs(int asked, int lost) {
    assertThat(path.sample().asked()).isEqualTo(asked);
    assertThat(path.sample().lost()).isEqualTo(lost);
  }

  @Test
  void whereNobodyAnsweredNobodyKnowsTheLoss() {
    assertThat(path.upperBound()).isEqualTo(1);
    assertThat(path.packets()).isEqualTo(6);
    assertThat(path.isSampled()).isFalse();
    assertThat(path.isUnsounded()).isTrue();
    assertThat(path.lostNothing()).isFalse();
    assertThat(path.explains(5, 5)).isTrue();
    // There is nothing that could be held against silence either.
    assertThat(path.losesTooMuch()).isFalse();
    assertThat(path.tooLossy()).isEmpty();
  }

  @Test
  void hundredCanariesThatAnsweredMakeFourPacketsASilence() {
    neighbourhood.counted(here, 92, 0);
    assertThat(path.isUnsounded()).isFalse();
    assertThat(path.packets()).isEqualTo(5);
    neighbourhood.counted(here, 8, 0);
    assertThat(path.packets()).isEqualTo(4);
    assertThat(path.isSampled()).isTrue();
    assertThat(path.missing()).isZero();
    assertThat(path.explains(4, 4)).isFalse();
  }

  /// n so that the bound of Clopper and Pearson, to the n, is at most 1e-6.
  @ParameterizedTest
  @CsvSource({"200,6,5", "100,20,11", "600,300,23", "600,400,24"})
  void morePacketsMakeASilenceWhereMoreIsLost(int asked, int lost, int packets) {
    neighbourhood.counted(here, asked, lost);
    assertThat(path.packets()).isEqualTo(packets);
  }

  @Test
  void quiteAFewCanariesTellThatNothingIsLost() {
    neighbourhood.counted(here, 19, 0);
    assertThat(path.lostNothing()).isFalse();
    neighbourhood.counted(here, 4, 0);
    assertThat(path.lostNothing()).isTrue();
    neighbourhood.counted(here, 4, 1);
    assertThat(path.lostNothing()).isFalse();
  }

  @Test
  void silenceIsNotBelievedWhereMoreThanHalfIsLost() {
    neighbourhood.counted(here, 600, 300);
    assertThat(path.tooLossy()).isEmpty();
    neighbourhood.counted(here, 100, 100);
    assertThat(path.losesTooMuch()).isTrue();
    assertThat(path.tooLossy().orElseThrow()).contains(": 400 of 700 canaries did not answer");
  }

  /// Canaries that are waited for longer lose less than ports that are not.
  @Test
  void portsWaitAsLongAsTheCanariesOfNeighboursThatTellOfTheLoss() {
    here.answersAfter(1);
    beside.answersAfter(300);
    neighbourhood.counted(here, 3, 1);
    neighbourhood.counted(beside, 50, 5);
    assertThat(path.sample().asked()).isEqualTo(53);
    long waited = beside.guard().patience().ofCanary(false);
    assertThat(waited).isGreaterThan(600_000_000);
    assertThat(here.guard().patienceNanos(1, 9)).isEqualTo(waited);
    assertThat(here.guard().patienceNanos(0, 9)).isEqualTo(waited / 2);
    assertThat(here.guard().hearsSecond(1_400_000_000)).isFalse();
  }

  @Test
  void portsWaitForNobodyElseWhereTheirOwnCanariesTellOrNothingIsLost() {
    here.answersAfter(1);
    beside.answersAfter(300);
    neighbourhood.counted(beside, 50, 0);
    assertThat(here.guard().patienceNanos(1, 9)).isEqualTo(200_000_000);
    neighbourhood.counted(beside, 50, 5);
    neighbourhood.counted(here, 100, 10);
    assertThat(here.guard().patienceNanos(1, 9)).isEqualTo(200_000_000);
    assertThat(here.guard().hearsSecond(1_400_000_000)).isTrue();
  }

  /// All that was asked in between is too little to be worked out at every attempt.
  @Test
  void whatIsSaidInTheEndCountsTheLastCanary() {
    neighbourhood.counted(here, 320, 220);
    sampleIs(320, 220);
    neighbourhood.counted(here, 20, 20);
    sampleIs(320, 220);
    assertThat(path.tooLossy().orElseThrow()).contains("240 of 340");
  }

  @Test
  void halfIsToldFromTooMuchByManyMore() {
    neighbourhood.counted(here, 20, 10);
    assertThat(path.losesTooMuch()).isTrue();
    assertThat(path.missing()).isEqualTo(580);
  }

  @Test
  void whatIsTooMuchAlreadyNeedsNoMoreCanariesThanUsual() {
    neighbourhood.counted(here, 20, 16);
    assertThat(path.losesTooMuch()).isTrue();
    assertThat(path.missing()).isEqualTo(80);
  }

  @Test
  void neighboursTellWhereItsOwnCanariesAreTooFew() {
    neighbourhood.counted(beside, 200, 20);
    neighbourhood.counted(here, 10, 1);
    assertThat(path.tooLossy()).isEmpty();
    sampleIs(210, 21);
  }

  @Test
  void enoughOfItsOwnTellWhateverNeighboursLose() {
    neighbourhood.counted(beside, 200, 100);
    neighbourhood.counted(here, 100, 0);
    sampleIs(100, 0);
  }

  @Test
  void fewOfItsOwnTellWhereNeighboursDoNotExplainThem() {
    neighbourhood.counted(beside, 300, 0);
    neighbourhood.counted(here, 30, 15);
    sampleIs(30, 15);
  }

  @Test
  void enoughOfItsOwnThatLeaveTooMuchOpenAreHeardTogetherWithNeighbours() {
    neighbourhood.counted(beside, 600, 310);
    neighbourhood.counted(here, 110, 58);
    sampleIs(710, 368);
    assertThat(path.losesTooMuch()).isFalse();
  }

  @Test
  void portsTellWhereNoCanaryExplainsWhatTheyLost() {
    neighbourhood.counted(here, 200, 0);
    assertThat(path.packets()).isEqualTo(4);
    path.answeredAfter(3);
    path.answeredAfter(3);
    sampleIs(6, 4);
    assertThat(path.losesTooMuch()).isTrue();
  }

  @Test
  void portsTellNothingThatCanariesExplain() {
    neighbourhood.counted(here, 200, 40);
    path.answeredAfter(2);
    path.answeredAfter(3);
    sampleIs(200, 40);
  }

  /// The first attempt on each waits too short a time to tell anything.
  @Test
  void oneSilenceBeforeAnAnswerIsNoLoss() {
    neighbourhood.counted(here, 200, 0);
    for (int i = 0; i < 100; i++) {
      path.answeredAfter(0);
      path.answeredAfter(1);
    }
    sampleIs(200, 0);
  }

  @Test
  void whatOurOwnRateMadePortsLoseIsForgotten() {
    neighbourhood.counted(here, 200, 0);
    path.answeredAfter(4);
    path.answeredAfter(4);
    sampleIs(8, 6);
    path.forgetPorts();
    neighbourhood.counted(here, 1, 0);
    sampleIs(201, 0);
  }

  /// A path that loses so many fails less than one bracket in twenty by itself.
  @ParameterizedTest
  @CsvSource({"50,0,2", "100,20,2", "100,30,3", "100,50,5", "100,60,6", "10,10,6"})
  void bracketIsTriedMoreOftenWhereMoreIsLost(int asked, int lost, int tries) {
    neighbourhood.counted(here, asked, lost);
    assertThat(path.tries()).isEqualTo(tries);
    if (10 * lost <= 6 * asked) {
      assertThat(Math.pow((double) lost / asked, tries)).isLessThan(0.05);
    }
  }
}
