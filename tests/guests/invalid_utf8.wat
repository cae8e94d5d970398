;; world: router
;; Answers with a reason that is no UTF-8.
(data (i32.const 3072) "bad\ff")
(func $misbehave (param i32) (result i32)
  (call $string (i32.add (global.get $decision) (i32.const 32)) (i32.const 3072) (i32.const 4))
  (global.get $decision))
