package io.k8sfw.probes.simulation;

import io.k8sfw.model.Protocol;
import io.k8sfw.probes.batch.Batch;
import io.k8sfw.probes.batch.Timeline;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.util.Map;
import java.util.concurrent.Semaphore;

/// What carries out an order: the real one, or one that the invariants must catch.
interface Engine {
  Engine REAL =
      (order, probers, refusalsCount, sockets, timeline, progress) ->
          new Batch(order, probers, refusalsCount, sockets, timeline, progress).run();

  VantageReading run(
      ProbeOrder order,
      Map<Protocol, Prober> probers,
      boolean refusalsCount,
      Semaphore sockets,
      Timeline timeline,
      Progress progress)
      throws InterruptedException;
}
