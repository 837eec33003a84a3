package io.k8sfw.probes;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.batch.Batch;
import io.k8sfw.probes.batch.LiveTimeline;
import io.k8sfw.probes.batch.NeverProbed;
import io.k8sfw.probes.linux.Challenge;
import io.k8sfw.probes.linux.ConnectionTracking;
import io.k8sfw.probes.linux.DatagramTap;
import io.k8sfw.probes.linux.FileLimit;
import io.k8sfw.probes.linux.OverlayDevices;
import io.k8sfw.probes.linux.PacketTap;
import io.k8sfw.probes.linux.PacketTap.Direction;
import io.k8sfw.probes.linux.ProcNet;
import io.k8sfw.probes.wire.HalfOpen;
import io.k8sfw.probes.wire.Transport;
import io.k8sfw.probes.wire.Wire;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/// A vantage point whose sockets this process makes. Where they belong is the business of the
/// threads that make them, and of nothing else.
abstract sealed class SocketVantage implements Vantage permits LocalVantage, NetnsVantage {
  /// Three quarters of the files that this process may open, for all batches that run in it: the
  /// rest of the program needs some too.
  private static final Semaphore SOCKETS =
      new Semaphore(Math.clamp(FileLimit.read().orElse(8192) / 4 * 3, 16, 1 << 20));

  /// Half of the cores: whoever reads the answers needs some too. One loop carries 50,000 attempts
  /// a second.
  private static final int LOOPS = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4);

  private final String name;
  private final Transport transport;
  private final Wire wire;
  private final ThreadFactory threads;
  private final ExecutorService place;
  private final Set<Capability> capabilities;

  /// @param threads their threads are where the sockets shall belong
  SocketVantage(String name, Transport transport, ThreadFactory threads) {
    this.name = name;
    this.transport = transport;
    this.wire = Wire.open(transport, LOOPS, threads);
    this.threads = threads;
    this.place = Executors.newSingleThreadExecutor(threads);
    this.capabilities = detect();
  }

  private Set<Capability> detect() {
    Set<Capability> capabilities = EnumSet.of(Capability.WITNESS);
    if (transport == Transport.EPOLL) {
      capabilities.add(Capability.ERROR_QUEUE);
    }
    if (ProcNet.isThere()) {
      capabilities.add(Capability.SOCKET_TABLE);
    }
    if (may(PacketTap::isAllowed)) {
      capabilities.add(Capability.PACKET_TAP);
    }
    if (may(HalfOpen::isAllowed)) {
      capabilities.add(Capability.RAW_SOCKET);
    }
    return Set.copyOf(capabilities);
  }

  private boolean may(Callable<Boolean> use) {
    try {
      return there(use);
    } catch (IOException _) {
      return false;
    }
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final Set<Capability> capabilities() {
    return capabilities;
  }

  @Override
  public final VantageReading probe(ProbeOrder order, Progress progress)
      throws IOException, InterruptedException {
    Optional<InetAddress> own = there(() -> ownAmong(order));
    if (own.isPresent()) {
      throw new IOException(
          "it is itself where "
              + AddressText.of(own.get())
              + " is: it reaches that address past every rule, and the others as that node, so it"
              + " stands for no other place");
    }
    boolean refusalsCount = capabilities.contains(Capability.ERROR_QUEUE);
    return new Batch(order, wire.probers(), refusalsCount, SOCKETS, new LiveTimeline(), progress)
        .run();
  }

  /// A target that is this place's own address. Loopback is everybody's, and says nothing.
  private static Optional<InetAddress> ownAmong(ProbeOrder order) {
    return order.targets().stream()
        .map(ProbeOrder.Target::address)
        .filter(a -> !a.isLoopbackAddress() && isOwn(a))
        .findFirst();
  }

  /// Connecting a datagram socket only asks the routing table (udp(7)): nothing is sent. To an
  /// address of its own a machine goes from that very address.
  private static boolean isOwn(InetAddress address) {
    return source(address).equals(Optional.of(address));
  }

  private static Optional<InetAddress> source(InetAddress target) {
    InetSocketAddress anywhere = new InetSocketAddress(target, 9);
    try (DatagramChannel channel = DatagramChannel.open(family(anywhere))) {
      channel.connect(anywhere);
      return channel.getLocalAddress() instanceof InetSocketAddress local
          ? Optional.of(local.getAddress())
          : Optional.empty();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  @Override
  public final Optional<InetAddress> sourceTowards(InetAddress target) throws IOException {
    return there(() -> source(target));
  }

  @Override
  public final Optional<SocketTable> socketTable() throws IOException {
    return capabilities.contains(Capability.SOCKET_TABLE)
        ? Optional.of(there(ProcNet::ofThisThread))
        : Optional.empty();
  }

  @Override
  public final Optional<PortRun> halfOpen(InetSocketAddress port, List<Duration> waits)
      throws IOException {
    if (!capabilities.contains(Capability.RAW_SOCKET)) {
      return Optional.empty();
    }
    Optional<String> never = NeverProbed.because(port.getAddress(), true);
    if (never.isPresent()) {
      throw new IOException(never.get());
    }
    return Optional.of(apart(() -> HalfOpen.ask(port, waits, threads)));
  }

  @Override
  public final Optional<Tracking> tracking() {
    try {
      return there(ConnectionTracking::ofThisThread);
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  @Override
  public final Optional<Witness> holdWitness(
      Protocol protocol, InetAddress address, int port, Set<String> tokens) throws IOException {
    InetSocketAddress spot = new InetSocketAddress(address, port);
    try {
      return Optional.of(
          protocol.equals(Protocol.UDP)
              ? there(() -> HeldDatagramPort.hold(spot, tokens))
              : there(() -> HeldPort.hold(spot, tokens)));
    } catch (BindException _) {
      return Optional.empty();
    }
  }

  @Override
  public final Optional<Arrivals> watchArrivals() throws IOException {
    return there(() -> SeenArriving.open(Direction.ARRIVING, threads));
  }

  @Override
  public final Optional<Arrivals> watchLeaving() throws IOException {
    return there(() -> SeenArriving.open(Direction.LEAVING, threads));
  }

  @Override
  public final Optional<Departures> watchDepartures(
      List<InetSocketAddress> ports, Pace pace, Progress progress) throws IOException {
    return there(() -> DepartureWatch.run(ports, pace, progress, threads));
  }

  @Override
  public final List<OverlayDevice> overlays() throws IOException {
    return capabilities.contains(Capability.SOCKET_TABLE)
        ? there(() -> OverlayDevices.ofThisThread(ProcNet.ofThisThread()))
        : List.of();
  }

  @Override
  public final Optional<String> deviceTowards(InetAddress address) throws IOException {
    return there(() -> OverlayDevices.towards(address));
  }

  @Override
  public final Optional<OverlayTap> watchOverlays() throws IOException {
    return there(() -> DatagramTap.open(threads));
  }

  @Override
  public final Optional<EchoPoint> answerEcho(InetAddress address) throws IOException {
    return there(() -> HeldEcho.hold(address, family(new InetSocketAddress(address, 0))));
  }

  @Override
  public final Sent askEcho(
      InetAddress from, InetSocketAddress to, List<String> nonces, int gapMillis)
      throws IOException {
    return new OverlaySender(this::there).echo(from, to, nonces, gapMillis);
  }

  @Override
  public final Sent knock(
      InetAddress node,
      OverlayDevice device,
      InetSocketAddress inner,
      List<String> nonces,
      int gapMillis)
      throws IOException {
    return new OverlaySender(this::there).knock(node, device, inner, nonces, gapMillis);
  }

  @Override
  public final void tickle(InetAddress node, OverlayDevice device, int count) throws IOException {
    new OverlaySender(this::there).tickle(node, device, count);
  }

  @Override
  public final long datagramsTaken() throws IOException {
    return there(ProcNet::datagramsTaken);
  }

  @Override
  public final Optional<String> askWitness(
      Protocol protocol, InetAddress address, int port, String token, int timeoutMillis)
      throws IOException {
    InetSocketAddress spot = new InetSocketAddress(address, port);
    return protocol.equals(Protocol.UDP)
        ? askOverUdp(spot, token, timeoutMillis)
        : askOverTcp(spot, token, timeoutMillis);
  }

  private Optional<String> askOverTcp(InetSocketAddress spot, String token, int timeoutMillis)
      throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    // Only the making of the socket decides where it belongs.
    try (SocketChannel channel = there(() -> SocketChannel.open(family(spot)))) {
      Socket socket = channel.socket();
      socket.setSoLinger(true, 0);
      try {
        socket.connect(spot, timeoutMillis);
        if (token.isEmpty()) {
          return Optional.empty();
        }
        String said = new Challenge(token).token();
        socket.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
        String answer = read(socket, deadline);
        return answer.isEmpty() ? Optional.empty() : Optional.of(answer);
      } catch (IOException _) {
        return Optional.empty();
      }
    }
  }

  private static String read(Socket socket, long deadline) throws IOException {
    byte[] said = new byte[HeldSocket.DIGITS];
    int length = 0;
    InputStream in = socket.getInputStream();
    while (length < said.length) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      socket.setSoTimeout((int) Math.max(1, left));
      int got = in.read(said, length, said.length - length);
      if (got < 0) {
        break;
      }
      length += got;
    }
    return new String(said, 0, length, StandardCharsets.US_ASCII);
  }

  private Optional<String> askOverUdp(InetSocketAddress spot, String token, int timeoutMillis)
      throws IOException {
    try (DatagramChannel channel = there(() -> DatagramChannel.open(family(spot)))) {
      try {
        // Connected, so that nobody else's answer counts.
        channel.connect(spot);
        channel.write(ByteBuffer.wrap(new Challenge(token).datagram()));
        DatagramPacket answer = new DatagramPacket(new byte[HeldSocket.DIGITS], HeldSocket.DIGITS);
        channel.socket().setSoTimeout(timeoutMillis);
        channel.socket().receive(answer);
        return Optional.of(
            new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII));
      } catch (IOException _) {
        return Optional.empty();
      }
    }
  }

  static StandardProtocolFamily family(InetSocketAddress address) {
    return Family.of(address.getAddress()) == Family.IPV4
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }

  /// Runs on a thread of its own that is where this vantage point is: for what takes its time.
  private <T> T apart(Callable<T> work) throws IOException {
    FutureTask<T> task = new FutureTask<>(work);
    threads.newThread(task).start();
    return result(task);
  }

  /// Runs on a thread that is where this vantage point is.
  private <T> T there(Callable<T> work) throws IOException {
    return result(place.submit(work));
  }

  private static <T> T result(Future<T> task) throws IOException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException broken -> throw broken;
        case null, default -> throw new IllegalStateException(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  final Transport wire() {
    return transport;
  }

  @Override
  public void close() {
    place.shutdownNow();
    wire.close();
  }
}
