;; Each step calls two functions deep; every fourth one throws its number, which the outermost catches, and the others
;; return theirs through the same handlers.
(module
  (tag $thrown (param i32))

  (func $inner (param $i i32) (result i32)
    (if (i32.eqz (i32.and (local.get $i) (i32.const 3))) (then (throw $thrown (local.get $i))))
    (i32.const 1))

  (func $middle (param $i i32) (result i32)
    (i32.add (call $inner (local.get $i)) (i32.const 1)))

  (func $guarded (param $i i32) (result i32)
    (block $caught (result i32)
      (try_table (result i32) (catch $thrown $caught)
        (call $middle (local.get $i)))))

  (func (export "run") (param $n i32) (result i64)
    (local $sum i64)
    (loop $again
      (if (local.get $n)
        (then
          (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (call $guarded (local.get $n)))))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $again))))
    (local.get $sum)))
