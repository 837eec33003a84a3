package io.k8sfw.probes.simulation;

import io.k8sfw.model.Protocol;
import io.k8sfw.probes.wire.Outcome;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Something that goes wrong between a vantage point and its targets. Times are nanoseconds since
/// the start of an order.
sealed interface Trouble {
  /// What a packet on its way there meets.
  enum Fate {
    PASSES,
    LOST,
    RESET,
    CONNECTED
  }

  /// A packet on its way there.
  ///
  /// @param now when it is sent
  /// @param truth what it meets at its end
  record Packet(long now, InetAddress address, Protocol protocol, int port, Truth truth) {}

  /// A trouble at work: what it remembers of the packets it saw.
  interface Obstacle {
    default Fate there(Packet packet) {
      return Fate.PASSES;
    }

    /// Whether the answer to `packet`, due at `arrival`, reaches us.
    default boolean comesBack(Packet packet, long arrival) {
      return true;
    }

    /// What it adds to the round trip.
    default long delay(Packet packet) {
      return 0;
    }

    /// What keeps this machine from sending at all.
    ///
    /// @param sockets open now
    default Outcome.@Nullable Fault local(long now, int sockets) {
      return null;
    }
  }

  Obstacle start(Chance chance);

  /// Each packet for itself.
  record Loss(double there, double back) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        @Override
        public Fate there(Packet packet) {
          return chance.hits(there) ? Fate.LOST : Fate.PASSES;
        }

        @Override
        public boolean comesBack(Packet packet, long arrival) {
          return !chance.hits(back);
        }
      };
    }
  }

  /// Everything, for a while, again and again: as long up as down on average.
  record Outages(double shortestSeconds, double longestSeconds) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        private boolean down;
        private long until;

        @Override
        public Fate there(Packet packet) {
          while (packet.now() >= until) {
            down = !down;
            until += chance.nanos(shortestSeconds, longestSeconds);
          }
          return down ? Fate.LOST : Fate.PASSES;
        }
      };
    }
  }

  /// Everything, from one moment to another.
  record Dead(long from, long until) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        @Override
        public Fate there(Packet packet) {
          return packet.now() >= from && packet.now() < until ? Fate.LOST : Fate.PASSES;
        }
      };
    }
  }

  /// Lets so many SYNs a second through, and drops the rest.
  record Policer(double perSecond, double burst, boolean perAddress) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      Map<Object, Allowance> allowances = new HashMap<>();
      return new Obstacle() {
        @Override
        public Fate there(Packet packet) {
          if (!packet.protocol().equals(Protocol.TCP)) {
            return Fate.PASSES;
          }
          Object key = perAddress ? packet.address() : "all";
          boolean passes =
              allowances
                  .computeIfAbsent(key, _ -> new Allowance(perSecond, burst))
                  .takes(packet.now());
          return passes ? Fate.PASSES : Fate.LOST;
        }
      };
    }
  }

  /// Shuts us out after so many packets that a firewall stopped.
  ///
  /// @param lasting then it starts to count anew
  /// @param resets it answers everything with a reset, and does not drop it
  record Ban(int hits, long lasting, boolean resets, boolean perAddress) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      Map<Object, Integer> counts = new HashMap<>();
      Map<Object, Long> banned = new HashMap<>();
      return new Obstacle() {
        @Override
        public Fate there(Packet packet) {
          Object key = perAddress ? packet.address() : "all";
          Long until = banned.get(key);
          if (until != null && packet.now() < until) {
            return resets && packet.protocol().equals(Protocol.TCP) ? Fate.RESET : Fate.LOST;
          }
          if (!packet.truth().passes() && counts.merge(key, 1, Integer::sum) >= hits) {
            counts.remove(key);
            banned.put(key, packet.now() + lasting);
          }
          return Fate.PASSES;
        }
      };
    }
  }

  /// Some answers take long, and so overtake each other.
  record Late(double probability, double leastSeconds, double mostSeconds) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        @Override
        public long delay(Packet packet) {
          return chance.hits(probability) ? chance.nanos(leastSeconds, mostSeconds) : 0;
        }
      };
    }
  }

  /// From one moment on, everything takes longer.
  record Slower(long from, long more) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        @Override
        public long delay(Packet packet) {
          return packet.now() >= from ? more : 0;
        }
      };
    }
  }

  /// This machine has no more than so many sockets, and fails now and then besides.
  record Lacking(int sockets, double probability) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        @Override
        public Outcome.@Nullable Fault local(long now, int open) {
          return open >= sockets || chance.hits(probability)
              ? new Outcome.Fault("this process has no file descriptor left (EMFILE)", true)
              : null;
        }
      };
    }
  }

  /// This machine knows no way, for a while.
  record NoRoute(long from, long until) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        @Override
        public Outcome.@Nullable Fault local(long now, int open) {
          return now >= from && now < until ? new Outcome.Fault("no route from here", false) : null;
        }
      };
    }
  }

  /// The attempt of that number fails on this machine.
  ///
  /// @param number from 0
  record OneFault(long number, boolean passing) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        private long next;

        @Override
        public Outcome.@Nullable Fault local(long now, int open) {
          return next++ == number ? new Outcome.Fault("the one that fails", passing) : null;
        }
      };
    }
  }

  /// This machine stands still, and hears nothing meanwhile.
  ///
  /// @param suspended its monotonic clock stands still too (CLOCK_MONOTONIC, clock_gettime(2))
  record Stall(long at, long length, boolean suspended) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        @Override
        public boolean comesBack(Packet packet, long arrival) {
          long end = suspended ? at : at + length;
          return packet.now() > end || arrival < at;
        }
      };
    }
  }

  /// Something on the way accepts every connection: a sidecar, or a SYN proxy before some
  /// addresses.
  ///
  /// @param before empty where it sits right before us
  record Proxy(Optional<InetAddress> before) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        @Override
        public Fate there(Packet packet) {
          boolean there = before.isEmpty() || before.get().equals(packet.address());
          return there && packet.protocol().equals(Protocol.TCP) ? Fate.CONNECTED : Fate.PASSES;
        }
      };
    }
  }

  /// Some of those that listen never accept: see [Truth#HUNG].
  ///
  /// @param share of all listeners
  record HungListeners(double share) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {};
    }
  }

  /// Somebody ends the audit.
  record Cancelled(long at) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {};
    }
  }

  /// The wire says one thing and the oracle another: only for tests of the invariants.
  record Lie(String what, Predicate<Packet> swallows) implements Trouble {
    @Override
    public Obstacle start(Chance chance) {
      return new Obstacle() {
        @Override
        public Fate there(Packet packet) {
          return swallows.test(packet) ? Fate.LOST : Fate.PASSES;
        }
      };
    }

    @Override
    public String toString() {
      return "Lie[" + what + "]";
    }
  }
}
