;; world: router
;; Notes one line after the other, for ever.
(func $misbehave (param i32) (result i32)
  (loop $again
    (call $log (i32.const 1) (i32.const 2312) (i32.const 8))
    (br $again))
  (global.get $decision))
