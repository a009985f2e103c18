;; What bigint.c does, with i64.mul_wide_u and i64.add128: two numbers of 64 limbs are multiplied each round, and the
;; result folds the limbs of all products. The first number is at 0, the second at 512, the product at 1024.
(module
  (memory 1 1)
  (global $seed (mut i64) (i64.const 0))

  (func $next_random (result i64)
    (global.set $seed
      (i64.add
        (i64.mul (global.get $seed) (i64.const 6364136223846793005))
        (i64.const 1442695040888963407)))
    (i64.shr_u (global.get $seed) (i64.const 33)))

  (func $fold (param $folded i64) (param $value i64) (result i64)
    (i64.mul
      (i64.xor (i64.rotl (local.get $folded) (i64.const 7)) (local.get $value))
      (i64.const 0x9E3779B97F4A7C15)))

  (func $fill
    (local $at i32)
    (local $low i64)
    (loop $again
      (local.set $low (call $next_random))
      (i64.store (local.get $at)
        (i64.xor (local.get $low) (i64.shl (call $next_random) (i64.const 33))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $again (i32.lt_u (local.get $at) (i32.const 1024)))))

  ;; Adds `limb` times the second number to the product, from its place `to` on.
  (func $add_row (param $limb i64) (param $to i32)
    (local $at i32)
    (local $low i64)
    (local $carry i64)
    (loop $again
      (i64.mul_wide_u (local.get $limb) (i64.load offset=512 (local.get $at)))
      (i64.add128 (i64.load offset=1024 (local.get $to)) (i64.const 0))
      (i64.add128 (local.get $carry) (i64.const 0))
      (local.set $carry)
      (local.set $low)
      (i64.store offset=1024 (local.get $to) (local.get $low))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $again (i32.lt_u (local.get $at) (i32.const 512))))
    (i64.store offset=1024 (local.get $to) (local.get $carry)))

  ;; The product of one round, and the fold of its 128 limbs.
  (func $round (result i64)
    (local $at i32)
    (local $folded i64)
    (memory.fill (i32.const 1024) (i32.const 0) (i32.const 1024))
    (call $fill)
    (loop $rows
      (call $add_row (i64.load (local.get $at)) (local.get $at))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $rows (i32.lt_u (local.get $at) (i32.const 512))))
    (local.set $at (i32.const 0))
    (local.set $folded (i64.const 128))
    (loop $limbs
      (local.set $folded (call $fold (local.get $folded) (i64.load offset=1024 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $limbs (i32.lt_u (local.get $at) (i32.const 1024))))
    (local.get $folded))

  (func (export "run") (param $rounds i32) (result i64)
    (local $i i32)
    (local $folded i64)
    (local.set $folded (i64.extend_i32_u (local.get $rounds)))
    (block $end
      (loop $again
        (br_if $end (i32.ge_u (local.get $i) (local.get $rounds)))
        (global.set $seed (i64.extend_i32_u (local.get $i)))
        (local.set $folded (call $fold (local.get $folded) (call $round)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $again)))
    (local.get $folded)))
