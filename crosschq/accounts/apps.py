from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "crosschq.accounts"

    def ready(self) -> None:
        from crosschq.accounts.sign_in import mfa_secrets  # noqa: PLC0415 - models aren't loaded before

        mfa_secrets.connect()
