;; A masker around a guest. The guest gives `$misbehave`, which is called for a
;; refund with a valid view prepared, or `$configuring`, which is called by
;; `configure`, or both.
(import "tillbell:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(memory (export "memory") 4)

;; Where the next allocation lies. The areas below are beneath the first.
(global $next (mut i32) (i32.const 8192))
;; The answer to `configure`: all zeros is an empty list of what it understood.
(global $configured i32 (i32.const 1024))
;; result<view, privacy-error>, 400 bytes: 0 error?, 8 party, 16 event,
;;   112 fee, 144 balance, 184 last4, 188 brand, 196 issuer, 204 the rest
(global $view i32 (i32.const 2048))

;; Prepares a valid view, of event, amounts and card: nothing of a person.
;; The parameters lie in memory: 0 party, 8 event, 104 fee, 136 balance,
;; 172 last4, 176 brand, 184 issuer.
(func $mask (param $call i32)
  (i32.store8 offset=8 (global.get $view) (i32.load8_u (local.get $call)))
  (memory.copy
    (i32.add (global.get $view) (i32.const 16))
    (i32.add (local.get $call) (i32.const 8))
    (i32.const 160))
  (memory.copy
    (i32.add (global.get $view) (i32.const 184))
    (i32.add (local.get $call) (i32.const 172))
    (i32.const 20)))

(func (export "configure") (param i32 i32) (result i32)
  (call $configuring)
  (global.get $configured))

;; Only the kind "refund" has six letters.
(func (export "tillbell:plugin/privacy@0.1.0#mask") (param $call i32) (result i32)
  (call $mask (local.get $call))
  (if (result i32) (i32.eq (i32.load offset=12 (local.get $call)) (i32.const 6))
    (then (call $misbehave (local.get $call)))
    (else (global.get $view))))

(func (export "cabi_realloc") (param $old i32) (param i32) (param $align i32) (param $bytes i32)
  (result i32)
  (local $at i32)
  (local.set $at
    (i32.and
      (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
  (global.set $next (i32.add (local.get $at) (local.get $bytes)))
  (local.get $at))
