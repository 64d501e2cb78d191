"""Where answers come from: the language models that an organisation has connected."""

from typing import ClassVar

from django.core.validators import MinValueValidator, URLValidator
from django.db import models

from tenants.crypto import decrypt, encrypt
from tenants.scoping import TenantModel


class ModelEndpoint(TenantModel):
    """A model behind any OpenAI-compatible address. The key is encrypted at rest and never shown again."""

    name = models.CharField(max_length=120, help_text="How people see it, for example: GPT-5 (EU).")
    url = models.CharField(
        "address",
        max_length=300,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text="The OpenAI-compatible base address, usually ending in /v1.",
    )
    encrypted_key = models.TextField(blank=True, editable=False)
    model = models.CharField(max_length=120, help_text="The model's name at that address.")
    context_window = models.PositiveIntegerField(
        default=16_000,
        validators=[MinValueValidator(2000)],
        help_text="In tokens, question and answer together.",
    )
    max_answer_tokens = models.PositiveIntegerField(default=1500, validators=[MinValueValidator(50)])
    input_price = models.DecimalField(
        max_digits=10, decimal_places=4, default=0, help_text="Per million tokens read, in your currency."
    )
    output_price = models.DecimalField(
        max_digits=10, decimal_places=4, default=0, help_text="Per million tokens written, in your currency."
    )
    active = models.BooleanField(default=True, help_text="The newest active model answers.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "language model"
        ordering: ClassVar = ["-created"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="endpoint_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return decrypt(self.encrypted_key) if self.encrypted_key else ""

    @key.setter
    def key(self, value: str) -> None:
        self.encrypted_key = encrypt(value) if value else ""
