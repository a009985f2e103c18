;; Makes an array of boxes a round, of two types with a common supertype, and adds up what is in them by casts. A third
;; of the elements is left an i31.
(module
  (type $box (sub (struct)))
  (type $narrow (sub $box (struct (field $value i32))))
  (type $wide (sub $box (struct (field $value i64))))
  (type $boxes (array (mut eqref)))

  (func $make (param $n i32) (result (ref $boxes))
    (local $i i32)
    (local $boxes (ref $boxes))
    (local.set $boxes (array.new $boxes (ref.i31 (i32.const 0)) (local.get $n)))
    (loop $again
      (if (i32.lt_u (local.get $i) (local.get $n))
        (then
          (array.set $boxes (local.get $boxes) (local.get $i)
            (if (result eqref) (i32.eqz (i32.rem_u (local.get $i) (i32.const 3)))
              (then (ref.i31 (local.get $i)))
              (else
                (if (result eqref) (i32.eq (i32.rem_u (local.get $i) (i32.const 3)) (i32.const 1))
                  (then (struct.new $narrow (local.get $i)))
                  (else (struct.new $wide (i64.extend_i32_u (local.get $i))))))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $again))))
    (local.get $boxes))

  (func $value (param $box eqref) (result i64)
    (block $is_wide (result (ref $wide))
      (block $is_narrow (result (ref $narrow))
        (br_on_cast $is_wide eqref (ref $wide)
          (br_on_cast $is_narrow eqref (ref $narrow) (local.get $box)))
        (ref.cast (ref i31))
        (i31.get_u)
        (i64.extend_i32_u)
        (return))
      (struct.get $narrow $value)
      (i64.extend_i32_u)
      (return))
    (struct.get $wide $value))

  (func $sum (param $boxes (ref $boxes)) (result i64)
    (local $i i32)
    (local $sum i64)
    (loop $again
      (if (i32.lt_u (local.get $i) (array.len (local.get $boxes)))
        (then
          (local.set $sum
            (i64.add (local.get $sum) (call $value (array.get $boxes (local.get $boxes) (local.get $i)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $again))))
    (local.get $sum))

  (func (export "run") (param $rounds i32) (result i64)
    (local $sum i64)
    (loop $again
      (if (local.get $rounds)
        (then
          (local.set $sum (i64.add (local.get $sum) (call $sum (call $make (i32.const 3000)))))
          (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
          (br $again))))
    (local.get $sum)))
