;; A renderer around a guest. The guest gives `$misbehave`, which is called for
;; a refund with a valid text prepared, or `$configuring`, which is called by
;; `configure`, or both.
(import "tillbell:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(memory (export "memory") 4)

;; Where the next allocation lies. The areas below are beneath the first.
(global $next (mut i32) (i32.const 8192))
;; The answer to `configure`: all zeros is an empty list of what it understood.
(global $configured i32 (i32.const 1024))
;; result<string, rendering-error>: 0 error?, 4 text, 8 its bytes
(global $rendered i32 (i32.const 2048))
(data (i32.const 2304) "【海港银行】您尾号0018的卡有一笔交易，疑问请电95500。")

;; Prepares a text.
(func $write (param $text i32) (param $bytes i32)
  (i32.store offset=4 (global.get $rendered) (local.get $text))
  (i32.store offset=8 (global.get $rendered) (local.get $bytes)))

(func (export "configure") (param i32 i32 i32 i32 i32 i32) (result i32)
  (call $configuring)
  (global.get $configured))

;; The parameters lie in memory: 0 template, 8 locale, 16 the view, whose event
;; begins with its kind. Only "refund" has six letters.
(func (export "tillbell:plugin/rendering@0.1.0#render") (param $call i32) (result i32)
  (call $write (i32.const 2304) (i32.const 75))
  (if (result i32) (i32.eq (i32.load offset=28 (local.get $call)) (i32.const 6))
    (then (call $misbehave (local.get $call)))
    (else (global.get $rendered))))

(func (export "cabi_realloc") (param $old i32) (param i32) (param $align i32) (param $bytes i32)
  (result i32)
  (local $at i32)
  (local.set $at
    (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
  (global.set $next (i32.add (local.get $at) (local.get $bytes)))
  (local.get $at))
