/// A finished audit: the source of truth that every report renders.
@NullMarked
package io.k8sfw.result;

import org.jspecify.annotations.NullMarked;
