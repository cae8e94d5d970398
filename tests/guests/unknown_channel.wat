;; world: router
;; Answers with a channel that there is not.
(data (i32.const 3072) "pigeon")
(func $misbehave (param i32) (result i32)
  (call $string (i32.add (global.get $delivery) (i32.const 4)) (i32.const 3072) (i32.const 6))
  (global.get $decision))
