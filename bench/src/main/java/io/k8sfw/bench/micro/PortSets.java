package io.k8sfw.bench.micro;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Algebra on sets of ports as ragged as the worst firewall leaves them.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PortSets {
  @Param({"10", "1000"})
  int ranges;

  PortSet left = PortSet.NONE;
  PortSet right = PortSet.NONE;

  @Setup
  public void draw() {
    left = draw(1);
    right = draw(2);
  }

  private PortSet draw(long seed) {
    Random random = new Random(seed);
    List<PortRange> drawn =
        Stream.generate(() -> random.nextInt(1, 65_500))
            .limit(ranges)
            .map(p -> new PortRange(p, p + random.nextInt(20)))
            .toList();
    return PortSet.of(drawn);
  }

  @Benchmark
  public PortSet union() {
    return left.union(right);
  }

  @Benchmark
  public PortSet intersect() {
    return left.intersect(right);
  }

  @Benchmark
  public PortSet minus() {
    return left.minus(right);
  }
}
