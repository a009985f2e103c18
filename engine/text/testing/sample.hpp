// One text with nearly everything that the text format has, for tests that change it at random.
#pragma once

#include <string_view>

namespace detent::text {

inline constexpr std::string_view kSample = R"wat(
;; a line, (; a block (; inside ;) ;) and an annotation: (@a "x" (y) [z])
(module $sample (@name "Sample")
  (rec (type $a (sub (struct (field $x i8) (field (mut i16) (ref null $b)))))
       (type $b (sub final $a (struct (field $x i8) (field (mut i16) (ref $b)) (field anyref)))))
  (type $f (func (param $p i32) (param f32 f64) (result i64)))
  (type $v (array (mut v128)))
  (import "m" "f" (func $imported (type $f)))
  (import "m" "\u{3bb}\t\4a" (global $g (mut i64)))
  (table $t (import "m" "t") 1 0x10 funcref)
  (memory $m (export "mem") i64 1 2 (pagesize 1))
  (memory (data "a" "\00\ff"))
  (table $u i64 (ref null $f) (elem $imported 0))
  (table 3 (ref func) (ref.func $main))
  (tag $e (export "tag") (param i32 (ref extern)))
  (global $"quoted \"id\"" f64 (f64.const -0x1.8p-3))
  (global f32 (f32.const nan:0x7fffff))
  (elem $seg declare func $main)
  (elem (table $t) (offset i32.const 1 i32.const 2 i32.add) funcref (item ref.null func) (ref.func $main))
  (elem (i32.const 0) $main $main)
  (data $d (memory $m) (i64.const 0) "text")
  (start $main)
  (export "main" (func $main))
  (@custom "section" (before code) "content")
  (func $main (local $l i32) (local i64 i64)
    (block $outer (result i32)
      (loop $inner
        (br_if $inner (i32.eqz (local.get $l)))
        (@metadata.code.branch_hint "\01") (if $inner (i32.const 1) (then (br $inner)) (else (br_table 0 1 $outer (i32.const 7) (i32.const 0)))))
      i32.const -2147483648)
    drop
    block $x try_table (catch $e $x) (catch_all_ref 0) (throw $e (i32.const 1) (ref.null extern)) end end $x
    (drop (call_indirect $u (type $f) (param i32 f32 f64) (result i64) (i32.const 1) (f32.const 1e3) (f64.const inf) (i64.const 0)))
    (select (result i32) (i32.const 0x7fff_ffff) (i32.const 1) (i32.const 0)) (local.set $l)
    (drop (v128.load8_lane $m offset=4 align=1 3 (i64.const 0) (v128.const f32x4 1 -2.5 nan inf)))
    (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) (v128.const i64x2 1 2)))
    (memory.init $m $d (i64.const 0) (i32.const 0) (i32.const 1))
    (table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0))
    (drop (struct.get_s $a $x (ref.cast (ref $a) (ref.null none))))
    (drop (br_on_cast 0 anyref (ref $b) (ref.null any)))
    (drop (array.new_fixed $v 1 (v128.const i32x4 1 2 3 4)))
    (return)))
)wat";

} // namespace detent::text
