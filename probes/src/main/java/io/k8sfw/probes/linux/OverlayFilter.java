package io.k8sfw.probes.linux;

import static io.k8sfw.probes.linux.PacketFilter.JUMP;
import static io.k8sfw.probes.linux.PacketFilter.JUMP_EQUAL;
import static io.k8sfw.probes.linux.PacketFilter.JUMP_SET;
import static io.k8sfw.probes.linux.PacketFilter.LEAVE;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_BYTE;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_HALF;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_WORD_AT_X;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_X;
import static io.k8sfw.probes.linux.PacketFilter.LOAD_X_HEADER_LENGTH;
import static io.k8sfw.probes.linux.PacketFilter.NEXT;
import static io.k8sfw.probes.linux.PacketFilter.SHIFT_RIGHT;
import static io.k8sfw.probes.linux.PacketFilter.TAKE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The program that lets the kernel copy our own datagrams, bare or in an overlay's, and nothing
/// else: not the traffic of a busy overlay.
final class OverlayFilter {
  private static final int UDP = 17;
  private static final int FRAGMENT_OFFSET = 0x1fff;
  private static final int IPV6_HEADER = 40;

  private OverlayFilter() {}

  /// @param magic first four bytes of our payload
  /// @param offsets where it may stand, from the end of the first IP header; ascending, since a
  ///   packet that ends before one of them is left
  /// @param snapshot how much of a packet is copied, in bytes
  /// @return a `struct sock_fprog`
  static MemorySegment allocate(Arena arena, int magic, int[] offsets, int snapshot) {
    PacketFilter program = new PacketFilter();
    // RFC 791 section 3.1, RFC 8200 section 3.
    program.add(LOAD_BYTE, 0).add(SHIFT_RIGHT, 4).jump(JUMP_EQUAL, 4, NEXT, "v6");
    program.add(LOAD_BYTE, 9).jump(JUMP_EQUAL, UDP, NEXT, LEAVE);
    program.add(LOAD_HALF, 6).jump(JUMP_SET, FRAGMENT_OFFSET, LEAVE, NEXT);
    program.add(LOAD_X_HEADER_LENGTH, 0).jump(JUMP, 0, "payload", "payload");
    program.label("v6").jump(JUMP_EQUAL, 6, NEXT, LEAVE);
    program.add(LOAD_BYTE, 6).jump(JUMP_EQUAL, UDP, NEXT, LEAVE);
    program.add(LOAD_X, IPV6_HEADER);
    program.label("payload");
    for (int offset : offsets) {
      program.add(LOAD_WORD_AT_X, offset).jump(JUMP_EQUAL, magic, TAKE, NEXT);
    }
    program.jump(JUMP, 0, LEAVE, LEAVE);
    return program.encode(arena, snapshot);
  }
}
